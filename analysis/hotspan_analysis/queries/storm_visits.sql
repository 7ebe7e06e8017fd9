-- storm_visits: the requests at the places to look at
select
    requests.service as service,
    requests.method as method,
    requests.route as route,
    requests.client as client,
    requests.client_tier as client_tier,
    places.target as target,
    places.is_suspect as is_suspect,
    places.is_busiest as is_busiest,
    places.times_in_all as times_in_all,
    requests.worker as worker,
    requests.seq as seq,
    requests.arrival_ns as sent_ns,
    coalesce(requests.end_ns, $now_ns) as done_ns,
    coalesce(requests.attempt, 0) > 1 or requests.operation_key is not null as announced,
    requests.aborted or coalesce(requests.status, 0) = 0 or requests.status >= 400 as failed,
    case when requests.time_precision_ns > 1 then requests.time_precision_ns else 0 end as blur_ns
from requests
inner join storm_places as places
    on
        requests.client = places.client
        and coalesce(requests.target, 0) = places.target
        and requests.start_ns - requests.start_ns % $stretch_ns = places.stretch_ns
where
    requests.start_ns >= $since_ns
    and requests.start_ns < $to_ns
    and requests.kind = 'web'
    and requests.method <> 'OPTIONS'
    and not requests.speculative
    and coalesce(requests.status, 0) <> 206
    and ($service is null or requests.service = $service)
