-- storm_surges: from when on a crowd behind one address asked more often than it usually does
-- Where many people overlap all the time, the first duplicate says nothing. A storm begins with the first of two
-- neighbouring stretches of five seconds in which the rate is nearer to that of the busiest tenth than to the usual one.
with counted as (
    select
        members.lane as lane,
        members.episode as episode,
        members.sent_ns - members.sent_ns % 5000000000 as bin_ns,
        min(members.sent_ns) as first_ns,
        count(*) / 5.0 as rate_per_s
    from storm_members as members
    inner join storm_measures as measures
        on members.lane = measures.lane and members.episode = measures.episode
    where measures.client_tier in ('address', 'address_agent')
    group by members.lane, members.episode, members.sent_ns - members.sent_ns % 5000000000
),

busiest as (
    select
        counted.lane as lane,
        counted.episode as episode,
        (quantile_of(counted.rate_per_s, 0.9) + max(measures.usual_rate_per_s)) / 2 as middle_per_s
    from counted
    inner join storm_measures as measures
        on counted.lane = measures.lane and counted.episode = measures.episode
    group by counted.lane, counted.episode
),

beside as (
    select
        counted.*,
        busiest.middle_per_s as middle_per_s,
        coalesce(
            lead(counted.rate_per_s) over (partition by counted.lane, counted.episode order by counted.bin_ns), 0
        ) as next_per_s
    from counted
    inner join busiest on counted.lane = busiest.lane and counted.episode = busiest.episode
)

select
    lane,
    episode,
    min(first_ns) as surge_ns
from beside
where rate_per_s >= middle_per_s and next_per_s >= middle_per_s
group by lane, episode
