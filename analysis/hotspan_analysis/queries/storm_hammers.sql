-- storm_hammers: clients that ask one target many times as often as the other clients of that endpoint ask anything
-- No error, no overlap and no clock give away somebody who tries passwords; only that nobody else asks as often. Where
-- nobody else does, or everybody tries passwords, only what no person could do counts. Who asks at one distance is a
-- poller, however fast.
with frequent as (
    select
        client,
        target,
        max(times) as most
    from storm_cells
    where
        times >= $hammer_times
        and not exists (
            select 1
            from storm_steady
            where storm_steady.client = storm_cells.client and storm_steady.target = storm_cells.target
        )
    group by client, target
),

busiest as (
    select
        rows_seen.service as service,
        rows_seen.method as method,
        rows_seen.route as route,
        rows_seen.client as client,
        max(rows_seen.client_tier) as client_tier,
        max(frequent.most) as most,
        count(*) as requests,
        min(rows_seen.sent_ns) as start_ns,
        max(rows_seen.done_ns) as end_ns
    from storm_rows as rows_seen
    inner join frequent on rows_seen.client = frequent.client and rows_seen.target = frequent.target
    where rows_seen.status <> 304
    group by rows_seen.service, rows_seen.method, rows_seen.route, rows_seen.client
),

endpoints as (select distinct service, method, route from busiest),

others as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        requests.client as client,
        requests.start_ns - requests.start_ns % $stretch_ns as stretch_ns,
        count(*) as times
    from requests
    inner join endpoints
        on
            requests.service = endpoints.service
            and requests.method = endpoints.method
            and requests.route = endpoints.route
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and requests.client is not null
    group by requests.service, requests.method, requests.route, requests.client, requests.start_ns - requests.start_ns % $stretch_ns
),

usual as (
    select
        service,
        method,
        route,
        count(distinct client) as clients,
        quantile_of(times, 0.5) as times
    from others
    group by service, method, route
)

select
    busiest.service as service,
    busiest.method as method,
    busiest.route as route,
    busiest.client as client,
    busiest.client_tier as client_tier,
    busiest.requests as requests,
    busiest.most as most,
    busiest.start_ns as start_ns,
    busiest.end_ns as end_ns,
    usual.times as usual_times,
    usual.clients as clients
from busiest
inner join usual
    on busiest.service = usual.service and busiest.method = usual.method and busiest.route = usual.route
where
    busiest.most >= $hammer_surely
    or (usual.clients > $hammer_others and busiest.most >= $hammer_factor * usual.times)
order by requests desc, service, route, client
