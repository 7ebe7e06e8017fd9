-- storm_lanes: which clients repeated themselves on an endpoint enough to be worth a closer look; such a pair is a lane
-- Half of the duplicates that an episode needs are enough here, so that one across the border of two stretches is seen.
select
    row_number() over (order by service, client, method, route) as lane,
    service,
    client,
    method,
    route,
    max(client_tier) as client_tier
from storm_stretches
where is_suspect
group by service, client, method, route
having sum(times - 1) >= $fewest_repeats
