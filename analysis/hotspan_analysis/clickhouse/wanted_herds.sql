-- wanted_herds: asked here: the endpoints with crowded seconds, and how many requests came in the most crowded
select service, method, route, max(requests) as most
from storm_crowds
group by service, method, route
