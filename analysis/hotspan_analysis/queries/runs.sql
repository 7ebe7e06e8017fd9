-- runs: the runs of each job in order, and which of them begin a round
-- Reads `selected`, which must be about jobs. Several workers may each run a job at its time; together that is a round:
-- a run that starts less than a tenth of the job's mean gap after the one before belongs to the same round.
select
    *,
    run = 1 or (gap_ns > 0 and gap_ns * 10 >= mean_gap_ns) as begins_round
from (
    select
        service,
        route as job,
        start_ns,
        took_ns,
        error,
        row_number() over in_order as run,
        count(*) over of_job as runs,
        start_ns - lag(start_ns) over in_order as gap_ns,
        (max(start_ns) over of_job - min(start_ns) over of_job) / greatest(count(*) over of_job - 1, 1) as mean_gap_ns,
        max(ended_ns) over (in_order rows between unbounded preceding and 1 preceding) as others_until_ns
    from selected
    where start_ns >= $from_ns
    window
        of_job as (partition by service, route),
        in_order as (partition by service, route order by start_ns, ended_ns, worker, seq)
) as numbered
