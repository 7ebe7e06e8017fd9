-- storm_statuses: how the attempts of each episode were answered
select
    lane,
    episode,
    status,
    is_open,
    count(*) as attempts
from storm_members
group by lane, episode, status, is_open
order by lane, episode, status
