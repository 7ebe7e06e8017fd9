-- top: the ranking with duplicates as somebody writes it for ClickHouse who knows the attributes of this very table
with requests as (
    select
        ServiceName as service,
        SpanAttributes['http.request.method'] as method,
        SpanAttributes['http.route'] as route,
        SpanAttributes['session.id'] as client,
        SpanAttributes['url.path'] as target,
        toUInt16OrZero(SpanAttributes['http.response.status_code']) as status,
        toUnixTimestamp64Nano(Timestamp) as start_ns,
        Duration as took_ns
    from bench_all
    where SpanKind = 'Server' and Timestamp >= fromUnixTimestamp64Nano($from_ns) and Timestamp < fromUnixTimestamp64Nano($to_ns)
),
present as (
    select
        service,
        method,
        route,
        count() as requests,
        sum(took_ns) as total_ns,
        quantilesExactInclusive(0.5, 0.95, 0.99)(took_ns) as percentiles_ns,
        max(took_ns) as longest_ns,
        countIf(status >= 500) as errors,
        countIf(status < 500 and took_ns <= 500000000) as satisfied,
        countIf(status < 500 and took_ns > 500000000 and took_ns <= 2000000000) as tolerating
    from requests
    group by service, method, route
),
repeated as (
    select service, method, route, count() as duplicates, sum(took_ns) as avoidable_ns
    from (
        select
            service, method, route, start_ns, took_ns,
            max(start_ns + took_ns) over (
                partition by service, method, route, client, target
                order by start_ns
                rows between unbounded preceding and 1 preceding
            ) as earlier_until_ns
        from requests
    )
    where earlier_until_ns > start_ns
    group by service, method, route
)
select
    present.service, present.method, present.route, requests, total_ns, percentiles_ns, longest_ns, errors,
    satisfied, tolerating, duplicates, avoidable_ns
from present
left join repeated using (service, method, route)
order by total_ns desc, service, method, route;

-- timeline: buckets of a minute with exact percentiles and the peak in flight
with requests as (
    select
        toUnixTimestamp64Nano(Timestamp) as start_ns,
        Duration as took_ns,
        toUInt16OrZero(SpanAttributes['http.response.status_code']) as status
    from bench_all
    where SpanKind = 'Server' and Timestamp >= fromUnixTimestamp64Nano($from_ns) and Timestamp < fromUnixTimestamp64Nano($to_ns)
),
started as (
    select
        start_ns - start_ns % 60000000000 as bucket_ns,
        count() as requests,
        countIf(status >= 500) as errors,
        quantilesExactInclusive(0.5, 0.95, 0.99)(took_ns) as percentiles_ns,
        max(took_ns) as longest_ns
    from requests
    group by bucket_ns
),
in_flight as (
    select at_ns - at_ns % 60000000000 as bucket_ns, max(open) as peak
    from (
        select at_ns, sum(step) over (order by at_ns, step rows between unbounded preceding and current row) as open
        from (
            select (arrayJoin([(start_ns, 1), (start_ns + toInt64(took_ns), -1)]) as edge).1 as at_ns, edge.2 as step
            from requests
        )
    )
    group by bucket_ns
)
select * from started left join in_flight using (bucket_ns) order by bucket_ns;

-- clients: who asks most, with duplicates
with requests as (
    select
        ServiceName as service,
        SpanAttributes['http.route'] as route,
        SpanAttributes['session.id'] as client,
        SpanAttributes['url.path'] as target,
        toUInt16OrZero(SpanAttributes['http.response.status_code']) as status,
        toUnixTimestamp64Nano(Timestamp) as start_ns,
        toInt64(Duration) as took_ns
    from bench_all
    where SpanKind = 'Server' and Timestamp >= fromUnixTimestamp64Nano($from_ns) and Timestamp < fromUnixTimestamp64Nano($to_ns)
),
seen as (
    select
        client, count() as requests, sum(took_ns) as total_ns, quantileExactInclusive(0.95)(took_ns) as p95_ns,
        max(took_ns) as longest_ns, countIf(status >= 500) as errors, min(start_ns) as first_ns, max(start_ns) as last_ns
    from requests
    group by client
),
repeated as (
    select client, count() as duplicates
    from (
        select
            client, start_ns,
            max(start_ns + took_ns) over (
                partition by service, route, client, target
                order by start_ns
                rows between unbounded preceding and 1 preceding
            ) as earlier_until_ns
        from requests
    )
    where earlier_until_ns > start_ns
    group by client
),
peaks as (
    select client, max(open) as peak
    from (
        select
            client,
            sum(step) over (partition by client order by at_ns, step rows between unbounded preceding and current row) as open
        from (
            select client, (arrayJoin([(start_ns, 1), (start_ns + took_ns, -1)]) as edge).1 as at_ns, edge.2 as step
            from requests
        )
    )
    group by client
)
select *
from seen
left join repeated using (client)
left join peaks using (client)
order by total_ns desc, client;

-- slowest: twenty requests and how many spans their traces have
with chosen as (
    select TraceId, ServiceName, SpanName, Timestamp, Duration
    from bench_all
    where SpanKind = 'Server' and Timestamp >= fromUnixTimestamp64Nano($from_ns) and Timestamp < fromUnixTimestamp64Nano($to_ns)
    order by Duration desc, Timestamp
    limit 20
)
select chosen.*, spans
from chosen
left join (
    select TraceId, count() as spans
    from bench_all
    where TraceId global in (select TraceId from chosen)
    group by TraceId
) as traced using (TraceId)
order by Duration desc, Timestamp;
