-- tables: what a store holds. Times are nanoseconds since the epoch, UTC; hashes are keyed with the store's secret.

-- One row per request, whatever told us of it. Ranking and storms read nothing else.
create table if not exists requests (
    worker ubigint not null,             -- the process (or file) the row came from; (worker, seq) is unique
    seq bigint not null,
    source varchar not null,             -- capture: our middleware | span: a SERVER span | log: an access log
    service varchar not null,
    service_version varchar,
    instance varchar,                    -- host:pid
    kind varchar not null,               -- web | held_open (SSE, WebSocket, long poll)
    method varchar not null,             -- upper case; WEBSOCKET for web sockets
    route varchar not null,              -- template as the framework has it; (unmatched), (other) are buckets
    target ubigint,                      -- fingerprint: method, raw path, sorted query without cache-busters
    client ubigint,                      -- keyed hash of the best identity known; null when nothing is known
    client_tier varchar not null,        -- explicit | session | credential | device | address_agent | address | unknown
    address ubigint,                     -- keyed hash of the client address
    agent varchar,                       -- user agent
    arrival_ns bigint not null,          -- when the request reached the first proxy that says so, else start_ns
    start_ns bigint not null,
    end_ns bigint,                       -- null while open
    duration_ns bigint generated always as (end_ns - start_ns) virtual,
    status smallint,                     -- null when no response was started
    error boolean not null,              -- status >= 500, or the app raised
    aborted boolean not null,            -- the client left before the response was complete
    unfinished boolean not null,         -- its process died; end_ns is that process's last heartbeat
    attempt integer,                     -- announced by the client or a proxy, 1 = first; null = not announced
    operation_key ubigint,               -- keyed hash of Idempotency-Key and the like: equal = same operation
    retry_after_s double,                -- what our response asked the client to wait
    speculative boolean not null,        -- prefetch or prerender
    http_version varchar,
    response_bytes bigint,
    in_flight integer,                   -- requests this process had in flight at the start, this one included
    trace_id varchar,                    -- 32 hex digits
    span_id varchar,                     -- 16 hex digits
    start_known boolean not null,        -- false: a log that has only the time of completion and no duration
    time_precision_ns bigint not null    -- 1 for clocks of a process, 1e9 for logs in whole seconds
);

-- Everything that happened inside requests and beside them: breakdown, waterfalls, jobs, database writes.
create table if not exists spans (
    worker ubigint not null,
    seq bigint not null,
    service varchar not null,
    service_version varchar,
    instance varchar,
    trace_id varchar not null,
    span_id varchar not null,
    parent_span_id varchar,              -- null for a root
    name varchar not null,
    kind varchar not null,               -- SERVER | CLIENT | INTERNAL | PRODUCER | CONSUMER | UNSPECIFIED
    start_ns bigint not null,
    end_ns bigint not null,
    duration_ns bigint generated always as (end_ns - start_ns) virtual,
    status varchar not null,             -- UNSET | OK | ERROR
    error_type varchar,
    category varchar not null,           -- database | external | cache | template | messaging | server | internal
    statement varchar,                   -- db.query.summary, or the text with its literals replaced by ?
    db_table varchar,                    -- the table a statement names first
    db_operation varchar,                -- SELECT, UPDATE, …
    db_rows bigint,                      -- rows returned or affected, where the span says so
    scope varchar,                       -- the instrumentation library
    is_request boolean not null,         -- a request row stands for this span, or for the request it belongs to
    twin_key ubigint,                    -- method and path, salted, of SERVER spans that may be told of twice
    knows_client boolean,                -- of those, whether it says who sent the request
    attributes map(varchar, varchar)     -- scrubbed of addresses, query strings, headers and literals
);

-- Which segments and files are in the tables above, so that none lands twice. A segment's name is kept for an hour after
-- its file is gone, a file's for good; 0 rows: lost, and counted in losses.
create table if not exists segments (
    name varchar primary key,
    rows bigint not null,
    merged_ns bigint not null
);

-- What was dropped, and why. No data is lost silently.
create table if not exists losses (
    worker ubigint not null,
    service varchar not null,
    instance varchar,
    reason varchar not null,
    what varchar not null,               -- requests | spans | losses
    rows bigint not null,
    first_ns bigint not null,
    last_ns bigint not null
);

create table if not exists meta (
    key varchar primary key,
    value varchar not null
);

-- Requests and jobs added up, for rankings of more rows than one wants to read: minutes, tens of them, hours, days. What is
-- here is derived from the rows above and may be deleted at any time. A stretch counts only while it has a row in
-- rollups: whoever changes rows deletes that of every stretch they may matter to, in the same transaction.
create table if not exists rollups (
    length_ns bigint not null,           -- a minute, ten minutes, an hour or a day
    from_ns bigint not null,
    to_ns bigint not null,
    is_base boolean not null,            -- added up from requests and spans; else from stretches of the next smaller length
    requests bigint not null,            -- and jobs
    first_ns bigint,                     -- when the first of its requests and roots of traces starts; null: there are none
    after_ns bigint                      -- the first moment after them
);

-- What the requests and jobs of one endpoint add up to in one stretch; the columns are those of the ranking.
create table if not exists rollup_sums (
    length_ns bigint not null,
    from_ns bigint not null,
    endpoint ubigint not null,           -- hash of service, kind, method and route
    service varchar not null,
    kind varchar not null,
    method varchar not null,
    route varchar not null,
    requests bigint not null,
    total_time_ns bigint not null,
    longest_ns bigint not null,
    errors bigint not null,
    aborted bigint not null,
    still_open bigint not null,
    unfinished bigint not null,
    queue_time_ns bigint not null,
    by_address bigint not null,          -- told apart by address only
    without_start bigint not null,       -- of a log without durations
    duplicates bigint not null,
    repeated_ns bigint not null
);

-- How the durations of one endpoint spread in one stretch: a histogram of buckets that each are 2 % wider than the last.
create table if not exists rollup_durations (
    length_ns bigint not null,
    from_ns bigint not null,
    endpoint ubigint not null,
    bucket smallint not null,            -- durations up to 0.5 s * 2^(bucket / 35); the lowest is for none at all
    requests bigint not null,
    errors bigint not null
);
