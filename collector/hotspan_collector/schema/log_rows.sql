-- log_rows: the requests that the fields of a log tell of. Binds $service (for formats that name none), whether the
-- format's clock is read at the start of a request ($clock), and what flags mean that the client left ($aborted).
--
-- The same times, requests and addresses stand in many lines, and taking them apart costs more than finding them
-- again: each distinct one is taken apart once.
insert into log_rows
with
lines as (
    select *, coalesce(line_number, rowid + 1) as number
    from log_fields
    where unread is null and "time" is not null
),
asked as (
    select
        *,
        coalesce(target, given(part.target)) as whole_target
    from (
        select
            *,
            regexp_extract(
                request,
                '^([A-Za-z][A-Za-z_-]{0,30}) (.*?)(?: +(HTTP/[0-9.]+))?$',
                ['method', 'target', 'protocol']
            ) as part
        from (select distinct request, method, target, query, protocol from lines)
    )
),
requests_asked as (
    select
        request,
        method,
        target,
        query,
        protocol,
        known_method(upper(coalesce(method, given(part.method), '_OTHER'))) as its_method,
        case when whole_target is null then '' else path_of(whole_target) end as its_path,
        coalesce(query_of(whole_target), given(ltrim(query, '?')), '') as its_query,
        nullif(regexp_extract(coalesce(protocol, part.protocol), '([0-9.]+)$', 1), '') as its_http_version
    from asked
),
clients as (
    select address, forwarded, coalesce(client_address(address, forwarded), '') as its_address
    from (select distinct address, forwarded from lines)
),
timed as (
    select
        *,
        times.ns as logged_ns,
        log_time_ns(start_time) as began_ns,
        coalesce(
            log_duration_ns(duration_s, 1_000_000_000),
            log_duration_ns(duration_ms, 1_000_000),
            log_duration_ns(duration_us, 1_000),
            log_duration_ns(duration_ns, 1)
        ) as told_ns
    from lines
    join log_times as times on times.text = lines."time"
    where times.ns is not null
),
measured as (
    select
        *,
        try_cast(status as smallint) as code,
        -- Both ends are written: their difference is the truth, unless one of the clocks is off.
        case when logged_ns - began_ns between 0 and 86_400_000_000_000 then logged_ns - began_ns else told_ns end as took_ns
    from timed
)
select
    number as line_number,
    coalesce(service, $service) as service,
    its_method as method,
    its_path as path,
    its_query as query,
    its_address as address,
    coalesce(agent, '') as agent,
    coalesce("user", '') as login,
    case when $clock = 'start' then logged_ns else logged_ns - coalesce(took_ns, 0) end as start_ns,
    case when $clock = 'start' then logged_ns + coalesce(took_ns, 0) else logged_ns end as end_ns,
    nullif(code, 0) as status,
    coalesce(code in (460, 499), false) or ($aborted <> '' and coalesce(regexp_matches(flags, $aborted), false)) as aborted,
    its_http_version as http_version,
    try_cast(bytes as bigint) as response_bytes,
    took_ns is not null as start_known,
    precision_ns as time_precision_ns
from measured
join requests_asked
    on measured.request is not distinct from requests_asked.request
    and measured.method is not distinct from requests_asked.method
    and measured.target is not distinct from requests_asked.target
    and measured.query is not distinct from requests_asked.query
    and measured.protocol is not distinct from requests_asked.protocol
join clients
    on measured.address is not distinct from clients.address
    and measured.forwarded is not distinct from clients.forwarded;
