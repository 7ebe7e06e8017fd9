-- storm_stretches: where one client asked for one target more than once within $stretch_ns, and how that went
-- The only pass over everything; the rest of the analysis reads what this lets through. A stretch is kept when a storm
-- could be in it (the requests took long enough together to overlap, one failed, one announced itself as a further
-- attempt) or when there are enough of them to be polling or a loop.
select
    service,
    method,
    route,
    client,
    target,
    start_ns - start_ns % $stretch_ns as stretch_ns,
    max(client_tier) as client_tier,
    count(*) as times,
    min(start_ns) as first_ns,
    max(start_ns) as last_ns,
    sum(coalesce(end_ns, $now_ns) - arrival_ns) >= $late_ns
    or max(coalesce(attempt, 0)) > 1
    or max(case when aborted or status in (401, 403, 404, 408, 409, 410, 423, 425, 429) or status >= 499 then 1 else 0 end) = 1
        as is_suspect
from requests
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and kind = 'web'
    and client is not null
    and method <> 'OPTIONS'
    and not speculative
    and coalesce(status, 0) <> 206
    and ($service is null or service = $service)
group by service, method, route, client, target, start_ns - start_ns % $stretch_ns
having
    count(*) >= 2
    and (
        count(*) >= $polling_per_stretch
        or sum(coalesce(end_ns, $now_ns) - arrival_ns) >= $late_ns
        or max(coalesce(attempt, 0)) > 1
        or max(case when aborted or status in (401, 403, 404, 408, 409, 410, 423, 425, 429) or status >= 499 then 1 else 0 end) = 1
    )
