-- compared: one side of a comparison, one row per endpoint and job, with what its uncertainty follows from
-- reads: calls, selected
-- `tail_ns` are the quantiles at $fractions, between which the p95 lies; `squares` is the sum of the squared counts of
-- $slices equal parts of the window: requests that come in bursts say less than as many that come evenly.
with sliced as (
    select
        service,
        kind,
        method,
        route,
        floor((start_ns - $from_ns) * $slices / ($to_ns - $from_ns)) as slice,
        count(*) as requests
    from selected
    where start_ns >= $from_ns
    group by all
),
bursts as (
    select
        service,
        kind,
        method,
        route,
        sum(requests * requests) as squares
    from sliced
    group by all
),
measured as (
    select
        service,
        kind,
        method,
        route,
        count(*) as requests,
        sum(took_ns) as total_time_ns,
        quantiles_of(took_ns, [0.5, 0.95]) as percentiles_ns,
        quantiles_of(took_ns, $fractions) as tail_ns,
        count(*) filter (where error) as errors
    from selected
    where start_ns >= $from_ns
    group by all
)
select
    measured.service as service,
    measured.kind as kind,
    case when measured.kind = 'job' then measured.route else measured.method || ' ' || measured.route end as endpoint,
    measured.method as method,
    measured.route as route,
    requests,
    requests * 60e9 / ($to_ns - $from_ns) as throughput_rpm,
    total_time_ns,
    coalesce(total_time_ns / nullif(sum(total_time_ns) over (partition by measured.kind), 0), 0.0) as time_share,
    total_time_ns / ($to_ns - $from_ns) as load_erlangs,
    total_time_ns / requests / 1e6 as mean_ms,
    percentiles_ns[1] / 1e6 as p50_ms,
    percentiles_ns[2] / 1e6 as p95_ms,
    tail_ns,
    errors,
    errors / requests as error_rate,
    squares
from measured
join bursts
    on
        measured.service = bursts.service
        and measured.kind = bursts.kind
        and measured.method = bursts.method
        and measured.route = bursts.route
order by total_time_ns desc, service, kind, method, route
