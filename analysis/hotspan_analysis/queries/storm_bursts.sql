-- storm_bursts: how many requests for one target come at once where nothing waits
-- A rendering service asks for its settings three times for each page, a payment service sends several events together.
-- While answers are quick each of these is one event with one pause before it, while they are slow each request counts
-- by itself: without this factor every burst would look like haste. Requests within $late_ns of a first one belong to
-- its burst; the time they have for that is taken off, or independent visitors would look like bursts, too.
with chains as (
    select
        lane,
        target,
        chain,
        count(*) filter (where is_duplicate and while_waiting and not is_late) as followers,
        least(max(done_ns) - min(sent_ns), $late_ns) / 1e9 as room_s
    from storm_chains
    group by lane, target, chain
),

counted as (
    select
        lane,
        target,
        1 + sum(followers) / count(*) as a_burst,
        sum(room_s) as room_s
    from chains
    group by lane, target
)

select
    counted.lane as lane,
    counted.target as target,
    greatest(
        1,
        counted.a_burst / (1 + case when paces.level = 'target' then counted.room_s / greatest(paces.idle_s, 1) else 0 end)
    ) as together
from counted
inner join storm_paces as paces on counted.lane = paces.lane and counted.target = paces.target
