-- storm_echoes: the distance at which requests of a crowd come again while the earlier one is still open
-- Behind one address many clients are interleaved, so that the gaps between neighbours say nothing. Of one client what
-- follows within $late_ns is one burst, and only its first request is looked at. Requests of people
-- who wait for their answer are independent of each other within the time of an answer: every distance is as common as
-- the next. A timer makes one stand out. Up to $anchors attempts, spread evenly, are compared with those that came for
-- the same target while they were open; where clients are interleaved, those sent while requests piled up are looked at
-- once more by themselves, for browsers out of connections send when an answer frees one. Distances fall into bins of two percent; how many there are per second and
-- open attempt is held against the bins around, for one bin, for five and for eleven (timers that jitter).
with seen as (
    select
        members.lane as lane,
        members.episode as episode,
        members.target as target,
        members.worker as worker,
        members.seq as seq,
        members.sent_ns as sent_ns,
        least(members.done_ns, members.sent_ns + $longest_echo_ns) as until_ns,
        coalesce(members.sent_ns >= piles.from_ns and members.sent_ns <= piles.until_ns, false) as piles_up
    from storm_members as members
    inner join storm_measures as measures
        on members.lane = measures.lane and members.episode = measures.episode
    left join storm_piles as piles
        on members.lane = piles.lane and members.episode = piles.episode and members.target = piles.target
    where
        measures.precision_ns = 1
        and measures.late >= $fewest_echoes
        and (
            measures.client_tier in ('address', 'address_agent')
            or (measures.resend_spread_ns > $regular * measures.resend_ns and members.step_ns >= $late_ns)
        )
),

ranked as (
    select
        *,
        floor(ln((until_ns - sent_ns) / 1e9) / 0.02) as last_bin,
        row_number() over (partition by lane, episode, look order by sent_ns, worker, seq) as nth,
        count(*) over (partition by lane, episode, look) as attempts
    from (
        select
            *,
            'whole' as look
        from seen
        union all
        select
            *,
            'pile' as look
        from seen
        where piles_up
    ) as looks
    where until_ns > sent_ns
),

anchors as (
    select *
    from ranked
    where
        attempts >= $fewest_echoes
        and nth % (1 + (attempts - attempts % $anchors) / $anchors) = 0
        and until_ns - sent_ns > $late_ns
),

counted as (
    select
        anchors.lane as lane,
        anchors.episode as episode,
        anchors.look as look,
        floor(ln((others.sent_ns - anchors.sent_ns) / 1e9) / 0.02) as bin,
        count(*) as pairs,
        0 as ends
    from anchors
    inner join seen as others
        on
            anchors.lane = others.lane
            and anchors.episode = others.episode
            and anchors.target = others.target
            and others.sent_ns >= anchors.sent_ns + $late_ns
            and others.sent_ns < anchors.until_ns
    group by anchors.lane, anchors.episode, anchors.look, bin
    union all
    select
        lane,
        episode,
        look,
        last_bin,
        0,
        count(*)
    from anchors
    group by lane, episode, look, last_bin
    union all
    select
        lanes.lane,
        lanes.episode,
        lanes.look,
        cast(steps.range as double) - 62,
        0,
        0
    from (select distinct lane, episode, look from anchors) as lanes
    cross join range(200) as steps
),

ladder as (
    select
        lane,
        episode,
        look,
        bin,
        sum(pairs) as pairs,
        sum(sum(ends)) over (partition by lane, episode, look order by bin desc rows between unbounded preceding and 1 preceding) as open_then
    from counted
    group by lane, episode, look, bin
),

weighed as (
    select
        *,
        exp(0.02 * bin) * 0.0202 * open_then as exposure_s
    from ladder
    where open_then > 0 and bin >= ceil(ln($late_ns / 1e9) / 0.02)
),

summed as (
    select
        lane,
        episode,
        look,
        bin,
        open_then,
        pairs,
        exposure_s,
        sum(pairs) over five as pairs_of_five,
        sum(exposure_s) over five as exposure_of_five_s,
        sum(pairs) over eleven as pairs_of_eleven,
        sum(exposure_s) over eleven as exposure_of_eleven_s,
        sum(pairs) over wide - sum(pairs) over eleven as pairs_around,
        sum(exposure_s) over wide - sum(exposure_s) over eleven as exposure_around_s,
        count(*) over wide as bins
    from weighed
    window
        five as (partition by lane, episode, look order by bin rows between 2 preceding and 2 following),
        eleven as (partition by lane, episode, look order by bin rows between 5 preceding and 5 following),
        wide as (partition by lane, episode, look order by bin rows between 20 preceding and 20 following)
),

scored as (
    select
        *,
        exposure_s / exposure_around_s as weight,
        exposure_of_five_s / exposure_around_s as weight_of_five,
        exposure_of_eleven_s / exposure_around_s as weight_of_eleven
    from summed
    where bins >= 25 and exposure_around_s > 0 and open_then >= $fewest_echoes
),

rated as (
    select
        lane,
        episode,
        look,
        bin,
        exp(0.02 * (bin + 0.5)) as echo_s,
        greatest(
            pairs - weight * pairs_around,
            pairs_of_five - weight_of_five * pairs_around,
            pairs_of_eleven - weight_of_eleven * pairs_around
        ) / open_then as echo_share,
        greatest(
            (pairs - weight * pairs_around) / sqrt(weight * (1 + weight) * pairs_around + 1),
            (pairs_of_five - weight_of_five * pairs_around)
            / sqrt(weight_of_five * (1 + weight_of_five) * pairs_around + 1),
            (pairs_of_eleven - weight_of_eleven * pairs_around)
            / sqrt(weight_of_eleven * (1 + weight_of_eleven) * pairs_around + 1)
        ) as echo_z
    from scored
),

-- Twice the distance echoes, too, and wider bins may show it better: the shortest that is half as clear is the clock's.
clearest as (
    select
        *,
        max(echo_z) over (partition by lane, episode, look) as clearest_z
    from rated
),

shortest as (
    select
        *,
        min(case when echo_z >= 0.5 * clearest_z then bin else null end) over (partition by lane, episode, look) as first_bin
    from clearest
),

heard as (
    select
        lane,
        episode,
        look,
        max(clearest_z) as echo_z,
        max_by(echo_s, echo_z) as echo_s,
        max_by(echo_share, echo_z) as echo_share
    from shortest
    where bin between first_bin and first_bin + 11
    group by lane, episode, look
),

chosen as (
    select
        *,
        row_number() over (
            partition by lane, episode
            order by case when echo_z >= $echo and echo_share >= $echo_share then 0 else 1 end, echo_z desc, look
        ) as choice
    from heard
)

select
    lane,
    episode,
    echo_z,
    echo_s,
    echo_share
from chosen
where choice = 1
