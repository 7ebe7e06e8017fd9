-- clients_of_endpoints: how many clients each of some endpoints has
select service, method, route, uniqExact(client) as clients
from requests
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and kind = 'web'
    and (service, method, route) in (select arrayJoin(arrayZip($services, $methods, $routes)))
group by service, method, route
