-- storm_rows: every request of the clients that gave reason for a closer look, in the order of nothing in particular
select
    requests.service as service,
    requests.method as method,
    requests.route as route,
    requests.client as client,
    requests.client_tier as client_tier,
    coalesce(requests.target, 0) as target,
    requests.worker as worker,
    requests.seq as seq,
    requests.arrival_ns as sent_ns,
    requests.start_ns as start_ns,
    greatest(coalesce(requests.end_ns, $now_ns), requests.arrival_ns) as done_ns,
    requests.end_ns is null as is_open,
    coalesce(requests.status, 0) as status,
    requests.aborted or coalesce(requests.status, 0) = 499 as left_early,
    coalesce(requests.attempt, 0) as announced,
    coalesce(requests.operation_key, 0) as operation_key,
    requests.start_known as start_known,
    requests.time_precision_ns as precision_ns
from requests
where
    requests.start_ns >= $since_ns
    and requests.start_ns < $to_ns
    and requests.kind = 'web'
    and requests.method <> 'OPTIONS'
    and not requests.speculative
    and coalesce(requests.status, 0) <> 206
    and ($service is null or requests.service = $service)
    and requests.client in (
        select client
        from storm_suspects
        union
        select client
        from storm_cells
        where is_dense or times >= $hammer_times
    )
