-- storm_paces: how soon a client normally asks for the same thing again once it has had its answer
-- Events and exposure of a hazard rate: every pause after an answered request counts, cut at $presence_ns so that
-- absence is not taken for patience, the last one too although nothing has ended it yet. Too little seen on the
-- target: what the client does on the whole endpoint; too little there: what all clients do there. A target that is
-- hardly ever asked for twice is known well, too, once it has been left alone for long enough.
-- pause: from an answer to the next request. step: from a request to the next one; one in four is a quick one.
-- Quantiles 0.05, 0.1, 0.25, 0.5.
with pauses as (
    select
        lane,
        target,
        1 as ended,
        least(idle_ns, $presence_ns) as idle_ns,
        idle_ns as pause_ns,
        sent_ns - previous_sent_ns as step_ns
    from storm_attempts
    where busy_until_ns > 0 and not while_waiting and previous_outcome = 'answered'
    union all
    select
        lane,
        target,
        0,
        greatest(least($to_ns - max(done_ns), $presence_ns), 0),
        null,
        null
    from storm_attempts
    group by lane, target
),

located as (
    select
        pauses.*,
        dense_rank() over (order by lanes.service, lanes.method, lanes.route) as endpoint
    from pauses
    inner join storm_lanes as lanes on pauses.lane = lanes.lane
),

measured as (
    select
        case when grouping(target) = 0 then 'target' when grouping(lane) = 0 then 'client' else 'endpoint' end as level,
        case when grouping(lane) = 0 then lane else endpoint end as place,
        coalesce(target, 0) as target,
        max(endpoint) as of_endpoint,
        sum(ended) as pauses,
        sum(idle_ns) / 1e9 as idle_s,
        quantiles_of(pause_ns, [0.05, 0.1, 0.25, 0.5]) as pauses_ns,
        quantiles_of(step_ns, [0.25, 0.5, 0.75]) as steps_ns
    from located
    group by grouping sets ((lane, target), (lane), (endpoint))
),

levelled as (
    select
        by_target.place as lane,
        by_target.target as target,
        by_target.of_endpoint as endpoint,
        case
            when by_target.pauses >= $fewest_pauses then 'target'
            when by_client.pauses >= $fewest_pauses or by_client.idle_s >= $enough_idle_s then 'client'
            when by_endpoint.pauses >= $fewest_pauses or by_endpoint.idle_s >= $enough_idle_s then 'endpoint'
            else 'none'
        end as level
    from measured as by_target
    inner join measured as by_client on by_client.level = 'client' and by_client.place = by_target.place
    inner join measured as by_endpoint on by_endpoint.level = 'endpoint' and by_endpoint.place = by_target.of_endpoint
    where by_target.level = 'target'
)

select
    levelled.lane as lane,
    levelled.target as target,
    levelled.level as level,
    coalesce(known.pauses, 0) as pauses,
    coalesce(known.idle_s, 0) as idle_s,
    case
        when levelled.level = 'none' then 1 / $unknown_pace_s
        else (coalesce(known.pauses, 0) + 0.5) / greatest(coalesce(known.idle_s, 0), 1)
    end as rate_per_s,
    coalesce(known.pauses_ns[1], 0) as pause_q05_ns,
    coalesce(known.pauses_ns[2], 0) as pause_q10_ns,
    coalesce(known.pauses_ns[3], 0) as pause_q25_ns,
    coalesce(known.pauses_ns[4], 0) as pause_ns,
    coalesce(known.steps_ns[1], 0) as quick_step_ns,
    coalesce(known.steps_ns[2], 0) as step_ns,
    coalesce((known.steps_ns[3] - known.steps_ns[1]) / 2, 0) as step_spread_ns
from levelled
left join measured as known
    on
        known.level = levelled.level
        and known.place = case when levelled.level = 'endpoint' then levelled.endpoint else levelled.lane end
        and known.target = case when levelled.level = 'target' then levelled.target else 0 end
