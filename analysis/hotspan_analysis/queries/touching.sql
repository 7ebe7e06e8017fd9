-- touching: web requests that were open while the window lasted, of clients and for targets that are known
-- Those that began before the window belong here too: what is sent while they are open repeats them. Left out, because
-- overlapping is normal for them: held-open requests, CORS preflights, prefetches. A request open for more than an
-- hour counts as given up after it; that also bounds how far one request can reach.
select
    service,
    service_version,
    kind,
    method,
    route,
    client,
    target,
    worker,
    seq,
    start_ns,
    arrival_ns,
    arrival_ns - arrival_ns % 4294967296 as arrival_slot_ns,
    least(greatest(coalesce(end_ns, $now_ns), start_ns), arrival_ns + 3600000000000) as open_until_ns,
    greatest(coalesce(end_ns, $now_ns) - start_ns, 0) as took_ns,
    coalesce(status, 0) as answered
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
