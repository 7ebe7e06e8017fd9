-- storm_timelines: the attempts of the longest chain of each episode, the first $timeline_length of them
with longest as (
    select
        *,
        row_number() over (partition by lane, episode order by attempts desc, first_ns, target, chain) as nth
    from storm_operations
)

select
    chains.lane as lane,
    longest.episode as episode,
    chains.number as number,
    (chains.sent_ns - longest.first_ns) / 1e9 as sent_s,
    (chains.done_ns - chains.sent_ns) / 1e9 as took_s,
    chains.status as status,
    chains.is_open as is_open,
    chains.left_early as left_early
from longest
inner join storm_chains as chains
    on longest.lane = chains.lane and longest.target = chains.target and longest.chain = chains.chain
where longest.nth = 1 and chains.number <= $timeline_length
order by lane, episode, number
