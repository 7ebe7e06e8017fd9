-- storm_paces: how soon a client normally asks again once it has had its answer
-- Events and exposure of a hazard rate: every pause after an answered request counts, cut at $presence_ns so that
-- absence is not taken for patience. Too little seen on the target: what the client does on the whole endpoint, whatever
-- the target; too little there: what all clients do there, suspects and others. A place that is hardly ever asked twice
-- is known well, too, once it has been left alone for long enough; else the time after the last request tells nothing.
-- The time from a client's first request for anything to its first one here is a pause as well: it was there and did
-- not ask.
-- pause: from an answer to the next request for the same target. step: from a request to the next one; one in four is a
-- quick one. Quantiles 0.05, 0.1, 0.25, 0.5.
with endpoints as (
    select
        lane,
        service,
        method,
        route,
        client,
        dense_rank() over (order by service, method, route) as endpoint
    from storm_lanes
),

arrivals as (
    select
        service,
        client,
        min(sent_ns) as first_ns
    from storm_rows
    group by service, client
),

pauses as (
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

of_targets as (
    select
        case when grouping(target) = 0 then 'target' when grouping(lane) = 0 then 'client' else 'endpoint' end as level,
        case when grouping(lane) = 0 then lane else endpoint end as place,
        coalesce(target, 0) as target,
        max(endpoint) as of_endpoint,
        sum(ended) as pauses,
        sum(idle_ns) / 1e9 as idle_s,
        quantiles_of(pause_ns, [0.05, 0.1, 0.25, 0.5]) as pauses_ns,
        quantiles_of(step_ns, [0.25, 0.5, 0.75]) as steps_ns
    from (
        select
            pauses.*,
            endpoints.endpoint as endpoint
        from pauses
        inner join endpoints on pauses.lane = endpoints.lane
    ) as located
    group by grouping sets ((lane, target), (lane), (endpoint))
),

streams as (
    select
        endpoints.lane as lane,
        endpoints.endpoint as endpoint,
        1 as ended,
        attempts.sent_ns - attempts.lane_busy_until_ns as idle_ns,
        attempts.sent_ns - attempts.lane_previous_sent_ns as step_ns
    from storm_attempts as attempts
    inner join endpoints on attempts.lane = endpoints.lane
    where
        attempts.lane_busy_until_ns > 0
        and attempts.sent_ns >= attempts.lane_busy_until_ns
        and attempts.lane_previous_outcome = 'answered'
    union all
    select
        endpoints.lane,
        max(endpoints.endpoint),
        1,
        min(attempts.sent_ns) - min(arrivals.first_ns),
        null
    from storm_attempts as attempts
    inner join endpoints on attempts.lane = endpoints.lane
    inner join arrivals on endpoints.service = arrivals.service and endpoints.client = arrivals.client
    group by endpoints.lane
    having min(attempts.sent_ns) > min(arrivals.first_ns)
    union all
    select
        endpoints.lane,
        max(endpoints.endpoint),
        0,
        greatest($to_ns - max(attempts.done_ns), 0),
        null
    from storm_attempts as attempts
    inner join endpoints on attempts.lane = endpoints.lane
    group by endpoints.lane
    union all
    select
        0,
        places.endpoint,
        peers.ended,
        peers.idle_ns,
        peers.step_ns
    from storm_peers as peers
    inner join (select distinct service, method, route, endpoint from endpoints) as places
        on peers.service = places.service and peers.method = places.method and peers.route = places.route
),

of_streams as (
    select
        case when grouping(lane) = 0 then 'client' else 'endpoint' end as level,
        case when grouping(lane) = 0 then lane else endpoint end as place,
        sum(ended) as pauses,
        sum(case when ended = 1 then least(idle_ns, $presence_ns) else 0 end) / 1e9 as between_s,
        sum(least(idle_ns, $presence_ns)) / 1e9 as idle_s,
        quantiles_of(step_ns, [0.25, 0.5, 0.75]) as steps_ns
    from streams
    group by grouping sets ((lane), (endpoint))
),

levelled as (
    select
        by_target.place as lane,
        by_target.target as target,
        by_target.of_endpoint as endpoint,
        by_target.pauses as own_pauses,
        by_target.idle_s as own_idle_s,
        case
            when by_target.pauses >= $fewest_pauses then 'target'
            when by_client.pauses >= $fewest_pauses or by_client.idle_s >= $enough_idle_s then 'client'
            when by_endpoint.pauses >= $fewest_pauses or by_endpoint.idle_s >= $enough_idle_s then 'endpoint'
            else 'none'
        end as level
    from of_targets as by_target
    inner join of_streams as by_client on by_client.level = 'client' and by_client.place = by_target.place
    inner join of_streams as by_endpoint on by_endpoint.level = 'endpoint' and by_endpoint.place = by_target.of_endpoint
    where by_target.level = 'target'
),

known as (
    select
        levelled.lane as lane,
        levelled.target as target,
        levelled.level as level,
        case when levelled.level = 'target' then levelled.own_pauses else coalesce(streams.pauses, 0) end as usual_steps,
        case
            when levelled.level = 'target' then levelled.own_idle_s
            when streams.pauses >= $fewest_pauses then streams.between_s
            else coalesce(streams.idle_s, 0)
        end as idle_s,
        case when levelled.level = 'target' then targets.steps_ns else streams.steps_ns end as steps_ns,
        coalesce(targets.pauses, 0) as pauses,
        targets.pauses_ns as pauses_ns
    from levelled
    left join of_streams as streams
        on
            streams.level = levelled.level
            and streams.place = case when levelled.level = 'endpoint' then levelled.endpoint else levelled.lane end
    left join of_targets as targets
        on
            targets.level = levelled.level
            and targets.place = case when levelled.level = 'endpoint' then levelled.endpoint else levelled.lane end
            and targets.target = case when levelled.level = 'target' then levelled.target else 0 end
)

select
    lane,
    target,
    level,
    usual_steps,
    idle_s,
    pauses,
    case
        when level = 'none' then 1 / $unknown_pace_s
        else (usual_steps + 0.5) / greatest(idle_s, 1)
    end as rate_per_s,
    coalesce(pauses_ns[1], 0) as pause_q05_ns,
    coalesce(pauses_ns[2], 0) as pause_q10_ns,
    coalesce(pauses_ns[3], 0) as pause_q25_ns,
    coalesce(pauses_ns[4], 0) as pause_ns,
    coalesce(steps_ns[1], 0) as quick_step_ns,
    coalesce(steps_ns[2], 0) as step_ns,
    coalesce((steps_ns[3] - steps_ns[1]) / 2, 0) as step_spread_ns
from known
