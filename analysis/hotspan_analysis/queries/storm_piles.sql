-- storm_piles: when the requests of a crowd piled up, how many came then, and how many usually come in that time
-- From the last moment with no more than a tenth of the peak open to the first with nine tenths of it, for each target
-- on which clients are interleaved behind one address. Who waits for answers asks less then; afterwards a crowd that
-- has no connections left can send no more than is answered, and neither its pace nor its clock can be seen.
with opened as (
    select
        members.lane as lane,
        members.episode as episode,
        members.target as target,
        members.sent_ns as sent_ns,
        members.beside + 1 as open_then,
        max(members.beside + 1) over (partition by members.lane, members.episode, members.target) as peak
    from storm_members as members
    inner join storm_measures as measures
        on members.lane = measures.lane and members.episode = measures.episode
    where
        measures.client_tier in ('address', 'address_agent')
        and (measures.resend_spread_ns > $regular * measures.resend_ns or measures.resend_ns < 100000000)
),

filled as (
    select
        *,
        min(case when open_then >= 0.9 * peak then sent_ns else null end) over (partition by lane, episode, target) as until_ns
    from opened
),

bounded as (
    select
        *,
        max(case when sent_ns < until_ns and open_then <= greatest(0.1 * peak, 1) then sent_ns else null end) over (
            partition by lane, episode, target
        ) as since_ns
    from filled
)

select
    bounded.lane as lane,
    bounded.episode as episode,
    bounded.target as target,
    max(bounded.since_ns) as from_ns,
    max(bounded.until_ns) as until_ns,
    count(*) as attempts,
    (max(bounded.until_ns) - max(bounded.since_ns)) / 1e9 as lasted_s,
    max(paces.rate_per_s * bursts.together) * (max(bounded.until_ns) - max(bounded.since_ns)) / 1e9 as expected
from bounded
inner join storm_paces as paces on bounded.lane = paces.lane and bounded.target = paces.target
inner join storm_bursts as bursts on bounded.lane = bursts.lane and bounded.target = bursts.target
where bounded.sent_ns > bounded.since_ns and bounded.sent_ns <= bounded.until_ns
group by bounded.lane, bounded.episode, bounded.target
