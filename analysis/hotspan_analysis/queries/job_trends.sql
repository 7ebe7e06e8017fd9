-- job_trends: whether the runs of each job take longer and longer
-- reads: calls, selected, runs
-- Pairs each run of the first half with the run half of all runs later, as Cox and Stuart (Biometrika 42, 1955) do; the
-- pairs share no run. The slope is the median of the slopes of the pairs, Theil's incomplete method (1950).
select
    earlier.service as service,
    earlier.job as job,
    quantile_of((later.took_ns - earlier.took_ns) / (later.start_ns - earlier.start_ns), 0.5) as slope,
    count(*) filter (where later.took_ns > earlier.took_ns) as longer,
    count(*) filter (where later.took_ns < earlier.took_ns) as shorter
from runs as earlier
inner join runs as later
    on
        earlier.service = later.service
        and earlier.job = later.job
        and 2 * earlier.run + earlier.runs + earlier.runs % 2 = 2 * later.run
where later.start_ns > earlier.start_ns
group by earlier.service, earlier.job
