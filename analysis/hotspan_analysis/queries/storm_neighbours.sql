-- storm_neighbours: how much of an endpoint an incident was, and how the other clients of the service fared before and during it
select
    count(*) filter (where start_ns >= $start_ns and start_ns <= $end_ns and method = $method and route = $route) as requests,
    count(distinct case when start_ns >= $start_ns and client not in (select unnest($clients::ubigint[])) then client else null end) as others,
    quantile_of(
        case
            when start_ns < $start_ns and client not in (select unnest($clients::ubigint[]))
                then greatest(coalesce(end_ns, $now_ns) - start_ns, 0)
            else null
        end, 0.95
    ) / 1e6 as p95_before_ms,
    quantile_of(
        case
            when start_ns >= $start_ns and client not in (select unnest($clients::ubigint[]))
                then greatest(coalesce(end_ns, $now_ns) - start_ns, 0)
            else null
        end, 0.95
    ) / 1e6 as p95_during_ms
from requests
where service = $service and kind = 'web' and start_ns >= 2 * $start_ns - $end_ns - 1000000000 and start_ns <= $end_ns
