-- chosen_endpoints: condition: to some endpoints
(service, method, route) in (select arrayJoin(arrayZip($services, $methods, $routes)))
