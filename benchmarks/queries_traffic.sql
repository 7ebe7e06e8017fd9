-- queries_traffic: $days days of made-up requests, in order of time, the same on every machine
-- 300 routes and 5,000 clients, some far busier than others; log-normal durations; every 50th request repeats the one
-- before it. Every 20th makes a database write; a job runs every hour and another every minute.
insert into requests by name
select
    1 as worker,
    i as seq,
    'capture' as source,
    'shop' as service,
    'host:1' as instance,
    case when route_number % 60 = 59 then 'held_open' else 'web' end as kind,
    case when route_number % 3 = 0 then 'PUT' else 'GET' end as method,
    '/api/thing' || route_number || '/{id}' as route,
    hash(route_number, hash(who, 7) % 1000) as target,
    hash(client_number) as client,
    'session' as client_tier,
    start_ns as arrival_ns,
    start_ns,
    start_ns + cast(least(exp(17.2 + deviate + 0.2 * (route_number % 7)), 60e9) as bigint) as end_ns,
    case when failed then 500 else 200 end as status,
    failed as error,
    hash(i, 8) % 500 = 0 as aborted,
    false as unfinished,
    false as speculative,
    true as start_known,
    1 as time_precision_ns
from (
    select
        *,
        cast(floor(300 * pow(hash(who, 1) / 18446744073709551616, 3)) as integer) as route_number,
        cast(floor(5000 * pow(hash(who, 2) / 18446744073709551616, 2)) as integer) as client_number,
        sqrt(-2 * ln((hash(i, 3) + 1) / 18446744073709551617)) * cos(6.283185307 * (hash(i, 4) / 18446744073709551616))
            as deviate,
        hash(i, 5) % 100 = 0 as failed
    from (
        select
            i,
            i - cast(i % 50 = 49 as bigint) as who,
            1790035200000000000 + cast(i * ($days * 86400e9 / $requests) as bigint) as start_ns
        from range($requests) as numbers(i)
    )
);
insert into spans by name
select
    2 as worker,
    i as seq,
    'shop' as service,
    'host:1' as instance,
    printf('%032x', i) as trace_id,
    printf('%016x', i) as span_id,
    case when sort = 'write' then printf('%016x', i + 1) end as parent_span_id,
    case sort when 'write' then 'UPDATE' else sort end as name,
    case when sort = 'write' then 'CLIENT' else 'INTERNAL' end as kind,
    1790035200000000000 + cast(at_s * 1e9 as bigint) as start_ns,
    1790035200000000000 + cast(at_s * 1e9 as bigint) + 20000000 as end_ns,
    'UNSET' as status,
    case when sort = 'write' then 'database' else 'internal' end as category,
    case when sort = 'write' then 'UPDATE thing' || i % 40 || ' SET a = ? WHERE id = ?' end as statement,
    case when sort = 'write' then 'thing' || i % 40 end as db_table,
    case when sort = 'write' then 'UPDATE' end as db_operation,
    case when sort = 'write' then 1 end as db_rows,
    'bench' as scope,
    false as is_request
from (
    select i, 'write' as sort, i * ($days * 86400 / ($requests / 20)) as at_s from range(cast($requests / 20 as bigint)) as numbers(i)
    union all
    select $requests + i, 'hourly', i * 3600 + 2400 from range(24 * $days) as numbers(i)
    union all
    select $requests + 24 * $days + i, 'minutely', i * 60 from range(1440 * $days) as numbers(i)
)
order by start_ns;
