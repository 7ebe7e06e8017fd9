-- storm_runs: what each stretch of duplicates did when an answer came: whether answers stopped it, and which
-- A run is a first attempt and those that follow by the clock of the episode. A timer goes on until any of its attempts
-- is answered; a timeout hears nothing but its last attempt. Heedless: sent on time although an earlier attempt of the
-- run had been answered for half a resend gap and more, and not right after an end, as what waited for a free connection
-- is. Given up: a run that stopped with no answer in sight, though its client went on later; neither began when a
-- connection became free. Heeding: a run that stopped when an earlier attempt was answered, its own last one being open still;
-- not the longest one, where a limit may have stopped it.
with timed as (
    select
        members.lane as lane,
        members.target as target,
        members.episode as episode,
        members.worker as worker,
        members.seq as seq,
        members.sent_ns as sent_ns,
        members.done_ns as done_ns,
        members.step_ns as step_ns,
        members.since_end_ns as since_end_ns,
        measures.resend_ns as gap_ns,
        members.is_duplicate and members.while_waiting and members.step_ns <= 1.5 * measures.resend_ns as goes_on
    from storm_members as members
    inner join storm_measures as measures
        on members.lane = measures.lane and members.episode = measures.episode
    where measures.resend_ns >= 4 * measures.precision_ns
),

numbered as (
    select
        *,
        sum(case when goes_on then 0 else 1 end) over (
            partition by lane, target, episode
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and current row
        ) as run
    from timed
),

answered as (
    select
        *,
        coalesce(min(done_ns) over (
            partition by lane, target, episode, run
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ), 9223372036854775807) as first_end_ns,
        max(sent_ns) over (partition by lane, target, episode, run) as last_sent_ns
    from numbered
),

runs as (
    select
        lane,
        episode,
        count(*) as attempts,
        count(*) filter (
            where
                step_ns between 0.75 * gap_ns and 1.25 * gap_ns
                and since_end_ns > 0.1 * gap_ns
                and sent_ns > first_end_ns + 0.5 * gap_ns
        ) as heedless,
        max(gap_ns) as gap_ns,
        min(case when done_ns > last_sent_ns then done_ns else null end) - max(last_sent_ns) as answered_after_ns,
        max(case when sent_ns = last_sent_ns then done_ns - sent_ns else 0 end) as last_took_ns,
        max(case when goes_on then 0 else since_end_ns end) as since_end_ns,
        lead(max(case when goes_on then 0 else since_end_ns end)) over (
            partition by lane, target, episode order by run
        ) as next_since_end_ns
    from answered
    group by lane, target, episode, run
),

weighed as (
    select
        *,
        answered_after_ns > 1.5 * gap_ns
        and since_end_ns > 0.1 * gap_ns
        and coalesce(next_since_end_ns, 0) > 0.1 * gap_ns as is_given_up,
        attempts < max(attempts) over (partition by lane, episode)
        and heedless = 0
        and last_took_ns > 1.25 * gap_ns
        and answered_after_ns <= 1.25 * gap_ns as is_heeding
    from runs
    where attempts > 1
)

select
    lane,
    episode,
    sum(heedless) as heedless,
    count(*) filter (where heedless > 0) as heedless_runs,
    count(*) filter (where is_given_up) as given_up_runs,
    coalesce(min(case when is_given_up then attempts else null end), 0) as shortest_given_up,
    coalesce(max(case when is_given_up then attempts else null end), 0) as longest_given_up,
    count(*) filter (where is_heeding) as heeding_runs
from weighed
group by lane, episode
