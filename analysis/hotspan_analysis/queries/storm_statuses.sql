-- storm_statuses: how the attempts of each episode were answered
select
    chains.lane as lane,
    operations.episode as episode,
    chains.status as status,
    chains.is_open as is_open,
    count(*) as attempts
from storm_chains as chains
inner join storm_operations as operations
    on chains.lane = operations.lane and chains.target = operations.target and chains.chain = operations.chain
group by chains.lane, operations.episode, chains.status, chains.is_open
order by lane, episode, status
