-- storm_episodes: what can be measured about each stretch of duplicates of one client on one endpoint
-- Nothing is decided here: every figure is one that a person could check by hand, and the judgement is made from them.
with members as (
    select
        chains.*,
        operations.episode as episode,
        paces.pause_q05_ns as pause_q05_ns,
        paces.pause_q10_ns as pause_q10_ns,
        paces.pause_q25_ns as pause_q25_ns,
        paces.pause_ns as pause_ns,
        couplings.since_end_ns as since_end_ns,
        couplings.beside as beside,
        couplings.is_record as is_record,
        couplings.first_answer_ns as first_answer_ns
    from storm_chains as chains
    inner join storm_operations as operations
        on chains.lane = operations.lane and chains.target = operations.target and chains.chain = operations.chain
    inner join storm_paces as paces on chains.lane = paces.lane and chains.target = paces.target
    inner join storm_couplings as couplings
        on
            chains.lane = couplings.lane
            and chains.target = couplings.target
            and chains.worker = couplings.worker
            and chains.seq = couplings.seq
),

rates as (
    select
        lane,
        episode,
        count(*) filter (where not is_open) * 1e9
        / greatest(max(done_ns) - min(sent_ns), 1) as ends_per_s
    from members
    group by lane, episode
),

windowed as (
    select
        members.*,
        case when rates.ends_per_s * $far_s <= 1 then $far_s else $near_s end as reach_s,
        rates.ends_per_s as ends_per_s
    from members
    inner join rates on members.lane = rates.lane and members.episode = rates.episode
),

judged as (
    select
        *,
        is_late and since_end_ns <= reach_s * 1e9 as is_coupled
    from windowed
),

typical as (
    select
        lane,
        episode,
        coalesce(quantile_of(case when is_late and not is_coupled then step_ns else null end, 0.5), 0) as step_ns,
        coalesce(quantile_of(case when is_duplicate and not while_waiting then idle_ns else null end, 0.5), 0) as gap_ns,
        coalesce(
            quantile_of(
                case
                    when is_duplicate and not while_waiting and number > 2 and previous_idle_ns > 0 and previous_idle_ns < 0.9 * longest_idle_ns
                        then idle_ns / previous_idle_ns
                    else null
                end, 0.5
            ), 0
        ) as growth
    from judged
    group by lane, episode
),

measured as (
    select
        judged.lane as lane,
        judged.episode as episode,
        count(*) as attempts,
        count(*) filter (where is_duplicate) as duplicates,
        count(*) filter (where is_late) as late,
        count(*) filter (where is_late and sent_ns < first_answer_ns) as late_unanswered,
        count(*) filter (where is_late and is_record) as records,
        max(beside) + 1 as peak_in_flight,
        count(*) filter (where is_coupled) as coupled,
        max(1 - exp(-ends_per_s * reach_s)) as coupled_by_chance,
        count(*) filter (where is_duplicate and while_waiting) as overlapping,
        count(*) filter (where is_duplicate and not while_waiting) as after_failure,
        count(*) filter (where is_duplicate and previous_outcome = 'refused') as after_refusal,
        count(*) filter (where announced > 1) as announced,
        count(*) filter (where is_duplicate and previous_left_early) as after_leaving,
        count(*) filter (where left_early) as aborted,
        count(*) filter (where is_open) as still_open,
        min(case when is_duplicate then sent_ns else null end) as onset_ns,
        max(case when is_duplicate then sent_ns else null end) as end_ns,
        max(done_ns) as drained_ns,
        max(typical.step_ns) as resend_ns,
        coalesce(
            quantile_of(
                case when is_late and not is_coupled then abs(judged.step_ns - typical.step_ns) else null end, 0.5
            ), 0
        ) as resend_spread_ns,
        max(typical.gap_ns) as gap_ns,
        coalesce(
            quantile_of(case when is_duplicate and not while_waiting then abs(idle_ns - typical.gap_ns) else null end, 0.5), 0
        ) as gap_spread_ns,
        coalesce(quantile_of(case when is_duplicate and not while_waiting then idle_ns else null end, 0.9), 0) as gap_p90_ns,
        max(typical.growth) as growth,
        coalesce(
            quantile_of(
                case
                    when is_duplicate and not while_waiting and number > 2 and previous_idle_ns > 0 and previous_idle_ns < 0.9 * longest_idle_ns
                        then abs(idle_ns / previous_idle_ns - typical.growth)
                    else null
                end, 0.5
            ), 0
        ) as growth_spread,
        count(*) filter (
            where is_duplicate and not while_waiting and number > 2 and previous_idle_ns > 0 and previous_idle_ns < 0.9 * longest_idle_ns
        ) as growth_steps,
        count(*) filter (where follows_failure) as failures_followed,
        count(*) filter (where follows_failure and idle_ns < pause_q05_ns) as sooner_q05,
        count(*) filter (where follows_failure and idle_ns < pause_q10_ns) as sooner_q10,
        count(*) filter (where follows_failure and idle_ns < pause_q25_ns) as sooner_q25,
        count(*) filter (where follows_failure and idle_ns < pause_ns) as sooner_q50,
        coalesce(quantile_of(case when follows_failure then judged.step_ns else null end, 0.5), 0) as failure_step_ns,
        max(precision_ns) as precision_ns,
        min(case when start_known then 1 else 0 end) as starts_known
    from judged
    inner join typical on judged.lane = typical.lane and judged.episode = typical.episode
    group by judged.lane, judged.episode
),

by_operation as (
    select
        lane,
        episode,
        count(*) as operations,
        max(attempts) as longest_chain,
        count(*) filter (where duplicates > 0) as repeated,
        count(*) filter (where attempts = 2) as pairs,
        sum(in_flight_ns - union_ns) as duplicate_in_flight_ns,
        sum(exposure_s) as exposure_s,
        sum(exposure_s * (pauses + 0.5) / greatest(idle_s, 1)) as expected,
        sum(unanswered_s) as unanswered_s,
        sum(unanswered_s * (pauses + 0.5) / greatest(idle_s, 1)) as expected_unanswered,
        min(first_ns) as first_ns,
        count(distinct target) as targets
    from storm_operations
    group by lane, episode
)

select
    lanes.service as service,
    lanes.method as method,
    lanes.route as route,
    lanes.client as client,
    lanes.client_tier as client_tier,
    measured.*,
    by_operation.operations as operations,
    by_operation.longest_chain as longest_chain,
    by_operation.repeated as repeated,
    by_operation.pairs as pairs,
    by_operation.duplicate_in_flight_ns as duplicate_in_flight_ns,
    by_operation.exposure_s as exposure_s,
    by_operation.expected as expected,
    by_operation.unanswered_s as unanswered_s,
    by_operation.expected_unanswered as expected_unanswered,
    by_operation.first_ns as first_ns,
    by_operation.targets as targets,
    paces.level as pace_level,
    paces.pauses as pauses,
    paces.idle_s as idle_s,
    paces.pause_ns as pause_ns,
    paces.step_ns as usual_step_ns,
    paces.step_spread_ns as usual_spread_ns
from measured
inner join by_operation on measured.lane = by_operation.lane and measured.episode = by_operation.episode
inner join storm_lanes as lanes on measured.lane = lanes.lane
inner join (
    select
        operations.lane as lane,
        operations.episode as episode,
        max(paces.level) as level,
        max(paces.pauses) as pauses,
        max(paces.idle_s) as idle_s,
        quantile_of(paces.pause_ns, 0.5) as pause_ns,
        quantile_of(paces.step_ns, 0.5) as step_ns,
        quantile_of(paces.step_spread_ns, 0.5) as step_spread_ns
    from storm_operations as operations
    inner join storm_paces as paces on operations.lane = paces.lane and operations.target = paces.target
    where operations.duplicates > 0
    group by operations.lane, operations.episode
) as paces
    on measured.lane = paces.lane and measured.episode = paces.episode
order by service, route, method, onset_ns, client
