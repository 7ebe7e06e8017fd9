-- storm_couplings: what was going on for the same client and target when each attempt was sent
-- Ends are numbered in order, so that one look at the last end before gives both: how long ago it was, and how many
-- earlier attempts were still open. A worker that takes the next job as soon as it is free starts right after an end
-- and never adds to what is open; a timer does not care about ends and piles one upon the other.
with ends as (
    select
        lane,
        target,
        done_ns,
        sum(count(*)) over (partition by lane, target order by done_ns rows between unbounded preceding and current row)
            as ended
    from storm_chains
    where not is_open
    group by lane, target, done_ns
),

starts as (
    select
        *,
        row_number() over (partition by lane, target order by sent_ns, done_ns, worker, seq) as begun
    from storm_chains
),

placed as (
    select
        starts.lane as lane,
        starts.target as target,
        starts.chain as chain,
        starts.worker as worker,
        starts.seq as seq,
        starts.sent_ns as sent_ns,
        starts.done_ns as done_ns,
        greatest(starts.begun - 1 - coalesce(ends.ended, 0), 0) as beside,
        coalesce(starts.sent_ns - ends.done_ns, $after_failure_ns) as since_end_ns
    from starts
    asof left join ends
        on starts.lane = ends.lane and starts.target = ends.target and starts.sent_ns >= ends.done_ns
)

select
    lane,
    target,
    worker,
    seq,
    beside,
    since_end_ns,
    beside > coalesce(
        max(beside) over (
            partition by lane, target, chain
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ), 0
    ) as is_record,
    min(done_ns) over (partition by lane, target, chain) as first_answer_ns
from placed
