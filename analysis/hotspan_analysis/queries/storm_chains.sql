-- storm_chains: every request of the lanes with its operation: which attempt of a chain it is, and how late it came
-- An attempt joins the chain of the one before when it says so in a header, when it overlaps, or when it follows a
-- failure within $after_failure_ns and sooner than $sooner times the client's usual pause. An operation is a chain.
with judged as (
    select
        attempts.*,
        not attempts.while_waiting
        and attempts.busy_until_ns > 0
        and attempts.previous_outcome in ('failed', 'refused') as follows_failure,
        paces.pause_ns * $sooner as soon_ns
    from storm_attempts as attempts
    inner join storm_paces as paces on attempts.lane = paces.lane and attempts.target = paces.target
),

linked as (
    select
        *,
        while_waiting
        or says_so
        or (
            follows_failure
            and idle_ns <= least($after_failure_ns, case when soon_ns > 0 then soon_ns else $after_failure_ns end)
        ) as is_duplicate
    from judged
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
    sent_ns - previous_sent_ns as step_ns,
    is_duplicate and while_waiting and sent_ns - min(sent_ns) over whole >= $late_ns + precision_ns - 1 as is_late
from numbered
window
    whole as (partition by lane, target, chain),
    so_far as (partition by lane, target, chain order by sent_ns, done_ns, worker, seq)
