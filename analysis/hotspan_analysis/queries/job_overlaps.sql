-- job_overlaps: which jobs run at the same time as which others, and how long together
-- reads: calls, selected, runs
-- Jobs that start more often than every 10 s on average are no matter of schedule and left out.
with scheduled as (
    select service, job, start_ns, start_ns + took_ns as ended_ns
    from runs
    where mean_gap_ns >= 10000000000
)
select
    one.service as service,
    one.job as job,
    other.service as other_service,
    other.job as other_job,
    count(*) as times,
    sum(least(one.ended_ns, other.ended_ns) - greatest(one.start_ns, other.start_ns)) / 1e9 as together_s
from scheduled as one
inner join scheduled as other
    on
        one.start_ns < other.ended_ns
        and other.start_ns < one.ended_ns
        and (one.service < other.service or (one.service = other.service and one.job < other.job))
group by one.service, one.job, other.service, other.job
order by together_s desc, one.service, one.job, other.service, other.job
