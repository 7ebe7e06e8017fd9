-- storm_chains: every request of the lanes with its operation: which attempt of a chain it is, and how late it came
-- An attempt joins the chain of the one before when it says so in a header, when it overlaps, or when it follows a
-- failure within $after_failure_ns and sooner than $sooner times the client's usual pause. Pauses of a backoff outgrow
-- the usual one: a longer pause goes on with the chain when it is up to three times the one before and no quick attempt
-- follows it, which would make it the first of the next operation. An operation is a chain.
with possible as (
    select lane
    from storm_attempts
    where
        while_waiting
        or says_so
        or (previous_outcome in ('failed', 'refused') and busy_until_ns > 0 and idle_ns <= $after_failure_ns)
    group by lane
    having count(*) >= $fewest_duplicates
),

judged as (
    select
        attempts.*,
        not attempts.while_waiting
        and attempts.busy_until_ns > 0
        and attempts.previous_outcome in ('failed', 'refused') as follows_failure,
        case
            when paces.pause_ns > 0 then least($after_failure_ns, paces.pause_ns * $sooner)
            else $after_failure_ns
        end as soon_ns
    from storm_attempts as attempts
    inner join possible on attempts.lane = possible.lane
    inner join storm_paces as paces on attempts.lane = paces.lane and attempts.target = paces.target
),

quick as (
    select
        *,
        follows_failure and idle_ns <= soon_ns as is_quick,
        sum(case when follows_failure then 0 else 1 end) over (
            partition by lane, target
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and current row
        ) as failure_run,
        lag(idle_ns) over (partition by lane, target order by sent_ns, done_ns, worker, seq) as idle_before_ns
    from judged
),

growing as (
    select
        *,
        follows_failure
        and not is_quick
        and idle_ns <= $after_failure_ns
        and idle_ns <= 3 * idle_before_ns
        and sum(case when is_quick then 1 else 0 end) over (
            partition by lane, target, failure_run order by sent_ns, done_ns, worker, seq
        ) > 0
        and not coalesce(
            lead(is_quick) over (partition by lane, target, failure_run order by sent_ns, done_ns, worker, seq), false
        ) as still_grows
    from quick
),

linked as (
    select
        *,
        while_waiting or says_so or is_quick or still_grows as is_duplicate
    from growing
),

worth as (
    select lane
    from linked
    where is_duplicate
    group by lane
    having count(*) >= $fewest_duplicates
),

numbered as (
    select
        linked.*,
        sum(case when linked.is_duplicate then 0 else 1 end) over (
            partition by linked.lane, linked.target
            order by linked.sent_ns, linked.done_ns, linked.worker, linked.seq
            rows between unbounded preceding and current row
        ) as chain
    from linked
    inner join worth on linked.lane = worth.lane
)

select
    *,
    min(sent_ns) over whole as chain_sent_ns,
    max(case when is_duplicate then idle_ns else 0 end) over whole as longest_idle_ns,
    row_number() over so_far as number,
    lag(idle_ns) over so_far as previous_idle_ns,
    coalesce(lead(sent_ns) over so_far, 9223372036854775807) as next_sent_ns,
    sent_ns - previous_sent_ns as step_ns,
    is_duplicate and while_waiting and sent_ns - min(sent_ns) over whole >= $late_ns + precision_ns - 1 as is_late
from numbered
window
    whole as (partition by lane, target, chain),
    so_far as (partition by lane, target, chain order by sent_ns, done_ns, worker, seq)
