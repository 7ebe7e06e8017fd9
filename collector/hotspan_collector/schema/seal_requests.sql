-- seal_requests: rows of `requests` out of captured requests; what identifies somebody is hashed here, in memory.
--
-- Reads the relation `raw_requests` (request_rows.py). What many requests share stands in one row only, which the
-- columns `sender` and `exchange` of all of them name; so each distinct value is hashed once. Binds $inner_block,
-- $outer_block (the secret's padded blocks) and $salt.
with
senders as (
    select
        row as sender,
        case when client <> '' then keyed_hash($inner_block, $outer_block, client) end as client,
        client_tier,
        case when address <> '' then keyed_hash($inner_block, $outer_block, address) end as address,
        nullif(agent, '') as agent,
        nullif(attempt, 0) as attempt,
        speculative = 1 as speculative
    from raw_requests
    where sender = row
),
exchanges as (
    select
        row as exchange,
        method,
        route,
        nullif(http_version, '') as http_version,
        nullif(status, 0)::smallint as status,
        raised = 1 or status >= 500 as error,
        aborted = 1 as aborted,
        case when held_open = 1 then 'held_open' else 'web' end as kind,
        case when retry_after_s >= 0 then retry_after_s end as retry_after_s
    from raw_requests
    where exchange = row
),
targets as (
    select raw_requests.row as target_row, target_fingerprint($salt, exchanges.method, path, query) as target
    from raw_requests
    join exchanges using (exchange)
    where target = row
),
own as (
    select
        worker,
        seq,
        service,
        service_version,
        instance,
        sender,
        exchange,
        target as target_row,
        arrival_ns,
        start_ns,
        end_ns,
        case when operation <> '' then keyed_hash($inner_block, $outer_block, operation) end as operation_key,
        response_bytes,
        in_flight,
        nullif(left(trace, 32), '') as trace_id,
        nullif(nullif(substr(trace, 33), ''), '0000000000000000') as span_id
    from raw_requests
)
select
    worker,
    seq,
    'capture' as source,
    service,
    service_version,
    instance,
    kind,
    method,
    route,
    target,
    client,
    client_tier,
    address,
    agent,
    arrival_ns,
    start_ns,
    end_ns,
    status,
    error,
    aborted,
    false as unfinished,
    attempt,
    operation_key,
    retry_after_s,
    speculative,
    http_version,
    case when method <> 'WEBSOCKET' then response_bytes end as response_bytes,
    in_flight,
    trace_id,
    span_id,
    true as start_known,
    1::bigint as time_precision_ns
from own
join senders using (sender)
join exchanges using (exchange)
join targets using (target_row);
