-- storm_crowds: seconds in which many requests to one endpoint started
-- reads: crowdable
select
    service,
    method,
    route,
    start_ns - start_ns % 1000000000 as second_ns,
    count(*) as requests
from crowdable
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and kind = 'web'
    and client is not null
    and not speculative
    and ($service is null or service = $service)
group by service, method, route, start_ns - start_ns % 1000000000
having count(*) >= $herd_clients
