-- storm_lanes: the clients that are looked at closely, each on one endpoint, with a number to go by
select
    row_number() over (order by service, client, method, route) as lane,
    service,
    client,
    method,
    route,
    client_tier
from storm_suspects
