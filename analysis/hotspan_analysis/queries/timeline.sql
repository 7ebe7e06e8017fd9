-- timeline: one row per bucket of the window, empty ones too: what started in it, and how much was in flight
-- reads: calls, selected, open_during
-- In flight: +1 where a call starts, -1 where it ends, ends first. Inside a bucket the sweep gives the rise above what
-- was open at its start; each step counts for the rest of its bucket, which gives the time in flight without a sweep.
with buckets as (
    select
        bucket_ns,
        greatest(bucket_ns, $from_ns) as start_ns,
        least(bucket_ns + $width_ns, $to_ns) as end_ns
    from (select unnest(range($from_ns - $from_ns % $width_ns, $to_ns, $width_ns)) as bucket_ns) as all_buckets
),
started as (
    select
        start_ns - start_ns % $width_ns as bucket_ns,
        count(*) as requests,
        count(*) filter (where error) as errors,
        count(*) filter (where aborted) as aborted,
        sum(took_ns) as total_time_ns,
        quantiles_of(took_ns, [0.5, 0.95, 0.99]) as percentiles_ns,
        max(took_ns) as longest_ns
    from selected
    where start_ns >= $from_ns
    group by start_ns - start_ns % $width_ns
),
steps as (
    select greatest(start_ns, $from_ns) as at_ns, 1 as step
    from open_during
    union all
    select ended_ns as at_ns, -1 as step
    from open_during
    where ended_ns < $to_ns
),
swept as (
    select
        bucket_ns,
        sum(step) as net,
        max(in_flight) as rise,
        sum(step * (least(bucket_ns + $width_ns, $to_ns) - at_ns)) as in_flight_ns
    from (
        select
            at_ns - at_ns % $width_ns as bucket_ns,
            at_ns,
            step,
            sum(step) over (
                partition by at_ns - at_ns % $width_ns
                order by at_ns, step
                rows between unbounded preceding and current row
            ) as in_flight
        from steps
    ) as sweep
    group by bucket_ns
),
levels as (
    select
        buckets.bucket_ns as bucket_ns,
        start_ns,
        end_ns,
        coalesce(
            sum(coalesce(net, 0)) over (order by buckets.bucket_ns rows between unbounded preceding and 1 preceding), 0
        ) as open_before,
        coalesce(rise, 0) as rise,
        coalesce(in_flight_ns, 0) as in_flight_ns
    from buckets
    left join swept on buckets.bucket_ns = swept.bucket_ns
)
select
    levels.start_ns as start_ns,
    levels.end_ns as end_ns,
    coalesce(requests, 0) as requests,
    coalesce(requests, 0) * 60e9 / (levels.end_ns - levels.start_ns) as throughput_rpm,
    coalesce(errors, 0) as errors,
    coalesce(aborted, 0) as aborted,
    coalesce(total_time_ns, 0) as total_time_ns,
    coalesce(total_time_ns, 0) / 1e9 as total_time_s,
    total_time_ns / requests / 1e6 as mean_ms,
    percentiles_ns[1] / 1e6 as p50_ms,
    percentiles_ns[2] / 1e6 as p95_ms,
    percentiles_ns[3] / 1e6 as p99_ms,
    longest_ns / 1e6 as max_ms,
    open_before * (levels.end_ns - levels.start_ns) + in_flight_ns as in_flight_ns,
    (open_before * (levels.end_ns - levels.start_ns) + in_flight_ns) / (levels.end_ns - levels.start_ns)
        as mean_in_flight,
    open_before + greatest(rise, 0) as peak_in_flight
from levels
left join started on levels.bucket_ns = started.bucket_ns
order by start_ns
