-- wanted_hidden: asked here: the clients that came through often enough while a process had no breath
select distinct client % 4294967296
from (
    select client
    from storm_islands
    where client is not null
    group by service, method, route, client, target, worker, island
    having count(*) >= $hidden_attempts
)
