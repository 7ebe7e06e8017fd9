-- duplicates: requests of the window that arrived while an earlier one of the same client for the same target was open
-- The running maximum of the ends says whether any earlier request is still open, without joining requests to each
-- other. Requests that started before the window count as earlier ones. Left out, because overlapping is normal for
-- them: held-open requests, CORS preflights, prefetches, and requests of which no client or no target is known.
select
    service,
    service_version,
    kind,
    method,
    route,
    client,
    start_ns,
    took_ns
from (
    select
        service,
        service_version,
        kind,
        method,
        route,
        client,
        start_ns,
        arrival_ns,
        status,
        greatest(coalesce(end_ns, $now_ns) - start_ns, 0) as took_ns,
        max(coalesce(end_ns, $now_ns)) over (
            partition by service, client, target
            order by arrival_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ) as open_until_ns
    from requests
    where
        start_ns < $to_ns
        and coalesce(end_ns, $now_ns) > $from_ns
        and kind = 'web'
        and method <> 'OPTIONS'
        and not speculative
        and client is not null
        and target is not null
        and ($service is null or service = $service)
        and ($kind is null or kind = $kind)
        and ($method is null or method = $method)
        and ($route is null or route = $route)
        and ($route_prefix is null or left(route, length($route_prefix)) = $route_prefix)
        and ($client_from is null or (client >= $client_from and client <= $client_to))
) as lanes
where
    open_until_ns > arrival_ns
    and start_ns >= $from_ns
    and ($status_from is null or (status >= $status_from and status < $status_to))
