-- feedback_service: which services have an endpoint, the busiest first
select
    service,
    count(*) as requests
from requests
where method = $method and route = $route and start_ns >= $from_ns and start_ns < $to_ns
group by service
order by requests desc, service
