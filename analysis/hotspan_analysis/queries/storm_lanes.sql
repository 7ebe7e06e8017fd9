-- storm_lanes: which clients asked one endpoint for the same thing again, often and long enough to be worth a closer look
-- The cheap pass over everything. A client on an endpoint is a lane; a lane goes on when the same target was asked for
-- twice within a stretch of $stretch_ns and one of these could be duplicates: the requests took long enough together
-- to overlap, one of them failed, or one announced itself as a further attempt. Half of what an episode needs is
-- enough here, so that one that lies across the border of two stretches is not lost.
select
    row_number() over (order by service, client, method, route) as lane,
    service,
    client,
    method,
    route,
    max(tier) as client_tier
from (
    select
        service,
        client,
        method,
        route,
        max(client_tier) as tier,
        count(*) - 1 as repeats
    from requests
    where
        start_ns >= $since_ns
        and start_ns < $to_ns
        and kind = 'web'
        and client is not null
        and method <> 'OPTIONS'
        and not speculative
        and ($service is null or service = $service)
    group by service, client, method, route, target, start_ns - start_ns % $stretch_ns
    having
        count(*) >= 2
        and (
            sum(coalesce(end_ns, $now_ns) - arrival_ns) >= $late_ns
            or max(attempt) > 1
            or count(*) filter (where aborted or status in (401, 403, 404, 408, 409, 410, 423, 425, 429) or status >= 499) > 0
        )
) as repeated
group by service, client, method, route
having sum(repeats) >= $fewest_repeats
