-- jobs: each job with its runs, its rhythm and when it ran last, the costliest first
-- reads: calls, selected, runs
-- A round may be late, and a missed one leaves a gap of twice the period: the median gap is the period all the same.
-- Minutes are those of the hour in the zone asked for.
with rounds as (
    select
        service,
        job,
        start_ns,
        start_ns - lag(start_ns) over in_order as gap_ns,
        row_number() over in_order as round,
        (start_ns + $offset_ns - (start_ns + $offset_ns) % 60000000000) % 3600000000000 / 60000000000 as minute
    from runs
    where begins_round
    window in_order as (partition by service, job order by start_ns)
),
periods as (
    select
        service,
        job,
        count(*) + 1 as rounds,
        quantile_of(gap_ns, 0.5) as period_ns
    from rounds
    where round > 1
    group by service, job
),
rhythms as (
    select
        rounds.service as service,
        rounds.job as job,
        max(periods.rounds) as rounds,
        max(periods.period_ns) as period_ns,
        count(*) filter (where abs(gap_ns - periods.period_ns) * 10 <= periods.period_ns) as regular_gaps,
        sum(greatest(floor(gap_ns / periods.period_ns + 0.5) - 1, 0)) as missed
    from rounds
    inner join periods on rounds.service = periods.service and rounds.job = periods.job
    where rounds.round > 1
    group by rounds.service, rounds.job
),
minutes as (
    select service, job, minute, rounds_at
    from (
        select
            service,
            job,
            minute,
            count(*) as rounds_at,
            row_number() over (partition by service, job order by count(*) desc, minute) as place
        from rounds
        group by service, job, minute
    ) as ranked
    where place = 1
),
lasts as (
    select service, job, max(start_ns) as last_round_ns
    from rounds
    group by service, job
),
works as (
    select
        service,
        job,
        count(*) as runs,
        count(*) filter (where error) as errors,
        sum(took_ns) as total_time_ns,
        quantile_of(took_ns, 0.95) / 1e6 as p95_ms,
        max(took_ns) / 1e6 as max_ms,
        min(start_ns) as first_ns,
        max(start_ns) as last_ns,
        max(case when runs.run = runs.runs then took_ns end) / 1e6 as last_duration_ms,
        count(*) filter (where run > 1 and others_until_ns > start_ns) as overlapping_runs
    from runs
    group by service, job
)
select
    works.service as service,
    works.job as job,
    works.runs as runs,
    works.errors as errors,
    works.total_time_ns as total_time_ns,
    works.p95_ms as p95_ms,
    works.max_ms as max_ms,
    works.first_ns as first_ns,
    works.last_ns as last_ns,
    works.last_duration_ms as last_duration_ms,
    works.overlapping_runs as overlapping_runs,
    greatest(coalesce(rhythms.rounds, 1), 1) as rounds,
    coalesce(period_ns, 0) as period_ns,
    coalesce(regular_gaps, 0) as regular_gaps,
    coalesce(missed, 0) as missed,
    minute,
    rounds_at,
    last_round_ns
from works
inner join minutes on works.service = minutes.service and works.job = minutes.job
inner join lasts on works.service = lasts.service and works.job = lasts.job
left join rhythms on works.service = rhythms.service and works.job = rhythms.job
order by total_time_ns desc, works.service, works.job
