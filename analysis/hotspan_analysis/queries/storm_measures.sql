-- storm_measures: what can be measured about each stretch of duplicates of one client on one endpoint
-- Nothing is decided here: every figure is one that a person could check by hand, and the judgement is made from them.
-- A page that asks for twelve things at once is one occasion: what happens for several targets within $late_ns counts
-- once, and only the first of them has a step.
with members as (
    select
        attempts.*,
        paces.pause_q05_ns as pause_q05_ns,
        paces.pause_q10_ns as pause_q10_ns,
        paces.pause_q25_ns as pause_q25_ns,
        paces.pause_ns as pause_ns
    from storm_members as attempts
    inner join storm_paces as paces on attempts.lane = paces.lane and attempts.target = paces.target
),

rates as (
    select
        lane,
        episode,
        target,
        count(*) filter (where not is_open) * 1e9 / greatest(max(done_ns) - min(sent_ns), 1) as ends_per_s
    from members
    group by lane, episode, target
),

judged as (
    select
        members.*,
        1 - exp(-rates.ends_per_s * case when rates.ends_per_s * $far_s <= 1 then $far_s else $near_s end) as chance,
        members.is_late
        and members.since_end_ns <= 1e9 * case when rates.ends_per_s * $far_s <= 1 then $far_s else $near_s end as is_coupled,
        members.is_duplicate and not members.while_waiting as is_retry,
        members.sent_ns - members.sent_ns % $late_ns + row_number() over (
            partition by
                members.lane, members.episode, members.target, members.is_duplicate, members.sent_ns - members.sent_ns % $late_ns
            order by members.sent_ns, members.worker, members.seq
        ) as occasion,
        members.target = first_value(members.target) over (
            partition by
                members.lane,
                members.episode,
                members.is_late,
                members.is_duplicate and not members.while_waiting,
                members.sent_ns - members.sent_ns % $late_ns
            order by members.sent_ns, members.worker, members.seq
        ) as leads
    from members
    inner join rates
        on members.lane = rates.lane and members.episode = rates.episode and members.target = rates.target
),

stepped as (
    select
        *,
        case when is_late and leads and not is_coupled then step_ns else null end as clock_step_ns,
        case when is_retry and leads then idle_ns else null end as gap_ns,
        case when is_retry and leads then step_ns else null end as retry_step_ns,
        case
            when is_retry and leads and number > 2 and previous_idle_ns > 0 and previous_idle_ns < 0.9 * longest_idle_ns
                then idle_ns / previous_idle_ns
            else null
        end as growth
    from judged
),

typical as (
    select
        lane,
        episode,
        max(sent_ns) as last_sent_ns,
        coalesce(quantile_of(clock_step_ns, 0.5), 0) as resend_ns,
        coalesce(quantile_of(gap_ns, 0.5), 0) as gap_ns,
        max(precision_ns) as tick_ns,
        coalesce(quantile_of(retry_step_ns, 0.5), 0) as retry_step_ns,
        coalesce(quantile_of(growth, 0.5), 0) as growth
    from stepped
    group by lane, episode
),

measured as (
    select
        stepped.lane as lane,
        stepped.episode as episode,
        count(*) as attempts,
        count(*) filter (where is_duplicate) as duplicates,
        count(distinct case when is_duplicate then occasion else null end) as occasions,
        count(*) filter (where is_late) as late,
        count(*) filter (where is_late and sent_ns < first_answer_ns) as late_unanswered,
        count(*) filter (where is_late and is_record) as records,
        count(*) filter (where is_late and step_ns > 2 * typical.resend_ns) as long_steps,
        count(*) filter (where is_duplicate and while_waiting and step_ns < $hasty_ns) as hasty,
        count(*) filter (where is_duplicate and while_waiting and step_ns < $late_ns) as doubled,
        count(*) filter (
            where
                is_duplicate
                and while_waiting
                and not is_coupled
                and step_ns > greatest(case when pause_ns > 0 then 1.8 else 2.5 end * typical.resend_ns, 0.7 * pause_ns)
                and (since_end_ns < step_ns or left_early)
        ) as restarts,
        max(beside) + 1 as peak_in_flight,
        count(*) filter (where is_coupled) as coupled,
        avg(chance) as coupled_by_chance,
        count(*) filter (where is_duplicate and while_waiting) as while_waiting,
        count(*) filter (where is_retry) as after_failure,
        count(*) filter (where is_retry and previous_outcome = 'refused') as after_refusal,
        count(*) filter (where announced > 1) as announced,
        count(*) filter (where is_duplicate and previous_left_early) as after_leaving,
        count(*) filter (where left_early) as aborted,
        count(*) filter (where not left_early and not is_open and next_sent_ns < done_ns) as patient,
        count(*) filter (where left_early and done_ns <= typical.last_sent_ns) as left_while_sending,
        count(*) filter (where is_open) as still_open,
        count(*) filter (where done_ns < episode_end_ns and not is_open) as answered_meanwhile,
        min(case when is_duplicate then sent_ns else null end) as onset_ns,
        max(episode_end_ns) as end_ns,
        max(done_ns) as drained_ns,
        count(clock_step_ns) as clock_steps,
        max(typical.resend_ns) as resend_ns,
        coalesce(quantile_of(abs(clock_step_ns - typical.resend_ns), 0.5), 0) as resend_spread_ns,
        max(typical.gap_ns) as gap_ns,
        coalesce(
            avg(case when stepped.gap_ns <= 3 * (typical.gap_ns + typical.tick_ns) then stepped.gap_ns else null end), 0
        ) as gap_mean_ns,
        coalesce(quantile_of(abs(stepped.gap_ns - typical.gap_ns), 0.5), 0) as gap_spread_ns,
        coalesce(quantile_of(stepped.gap_ns, 0.9), 0) as gap_p90_ns,
        max(typical.retry_step_ns) as retry_step_ns,
        coalesce(quantile_of(abs(stepped.retry_step_ns - typical.retry_step_ns), 0.5), 0) as retry_step_spread_ns,
        count(stepped.growth) as growth_steps,
        count(*) filter (where is_retry and number > 2 and idle_ns > greatest(1.3 * previous_idle_ns, previous_idle_ns + precision_ns))
            as grew,
        count(*) filter (where is_retry and number > 2 and previous_idle_ns > greatest(1.3 * idle_ns, idle_ns + precision_ns))
            as shrank,
        max(typical.growth) as growth,
        coalesce(quantile_of(abs(stepped.growth - typical.growth), 0.5), 0) as growth_spread,
        count(*) filter (where follows_failure) as failures_followed,
        count(*) filter (where follows_failure and idle_ns < pause_q05_ns) as sooner_q05,
        count(*) filter (where follows_failure and idle_ns < pause_q10_ns) as sooner_q10,
        count(*) filter (where follows_failure and idle_ns < pause_q25_ns) as sooner_q25,
        count(*) filter (where follows_failure and idle_ns < pause_ns) as sooner_q50,
        max(precision_ns) as precision_ns,
        min(case when start_known then 1 else 0 end) as starts_known
    from stepped
    inner join typical on stepped.lane = typical.lane and stepped.episode = typical.episode
    group by stepped.lane, stepped.episode
),

by_operation as (
    select
        operations.lane as lane,
        operations.episode as episode,
        count(*) as chains,
        count(distinct operations.target) as targets,
        min(operations.first_ns) as first_ns,
        count(*) filter (where operations.duplicates > 0) as repeated,
        count(*) filter (where operations.attempts = 2) as pairs,
        count(*) filter (
            where
                operations.attempts = 2
                and operations.first_answer_ns - operations.first_ns
                > 2.2 * (operations.last_duplicate_ns - operations.first_ns)
        ) as patient_pairs,
        count(distinct case when operations.retries >= 3 then operations.target else null end) as retried_targets,
        count(*) filter (where operations.retries >= 3 and operations.answered > 0) as retried_well,
        count(*) filter (where operations.retries > 0) as retried_chains,
        count(*) filter (
            where abs(operations.paused_ns - operations.retries * measured.gap_mean_ns)
            > measured.precision_ns + 0.1 * operations.paused_ns
        ) as uneven_chains,
        sum(operations.in_flight_ns) as in_flight_ns,
        sum(operations.in_flight_ns - operations.union_ns) as duplicate_in_flight_ns,
        sum(operations.exposure_s) as exposure_s,
        sum(operations.exposure_s * paces.rate_per_s * bursts.together) as expected,
        sum(operations.unanswered_s) as unanswered_s,
        sum(operations.unanswered_s * paces.rate_per_s * bursts.together) as expected_unanswered,
        max(case when operations.duplicates > 0 then paces.level else '' end) as pace_level,
        max(paces.rate_per_s * bursts.together) as usual_rate_per_s,
        max(case when operations.duplicates > 0 then bursts.together else 1 end) as together,
        max(case when operations.duplicates > 0 then paces.usual_steps else 0 end) as usual_steps,
        max(case when operations.duplicates > 0 then paces.pauses else 0 end) as pauses,
        max(case when operations.duplicates > 0 then paces.idle_s else 0 end) as idle_s,
        quantile_of(case when operations.duplicates > 0 then paces.pause_ns else null end, 0.5) as pause_ns,
        quantile_of(case when operations.duplicates > 0 then paces.quick_step_ns else null end, 0.5) as quick_step_ns,
        quantile_of(case when operations.duplicates > 0 then paces.step_ns else null end, 0.5) as usual_step_ns,
        quantile_of(case when operations.duplicates > 0 then paces.step_spread_ns else null end, 0.5) as usual_spread_ns
    from storm_operations as operations
    inner join storm_paces as paces on operations.lane = paces.lane and operations.target = paces.target
    inner join storm_bursts as bursts on operations.lane = bursts.lane and operations.target = bursts.target
    inner join measured on operations.lane = measured.lane and operations.episode = measured.episode
    group by operations.lane, operations.episode
)

select
    lanes.service as service,
    lanes.method as method,
    lanes.route as route,
    lanes.client as client,
    lanes.client_tier as client_tier,
    measured.*,
    by_operation.* exclude (lane, episode),
    coalesce(neighbourhoods.pauses, 0) as near_pauses,
    coalesce(neighbourhoods.idle_s, 0) as near_idle_s,
    coalesce(neighbourhoods.step_ns, 0) as near_step_ns
from measured
inner join by_operation on measured.lane = by_operation.lane and measured.episode = by_operation.episode
inner join storm_lanes as lanes on measured.lane = lanes.lane
left join storm_neighbourhoods as neighbourhoods
    on measured.lane = neighbourhoods.lane and measured.episode = neighbourhoods.episode
