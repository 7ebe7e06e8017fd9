-- timeline: one row per bucket of the window, empty ones too: what started in it, and how much was in flight
-- reads: calls, selected, open_during
-- In flight is a sweep: +1 where a call starts, -1 where it ends, ends first; a step of 0 where a bucket starts cuts
-- the stretches between two steps at the buckets. It is not partitioned by bucket: one sort of all steps costs a fifth.
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
    select start_ns as at_ns, 0 as step
    from buckets
    union all
    select greatest(start_ns, $from_ns) as at_ns, 1 as step
    from open_during
    union all
    select ended_ns as at_ns, -1 as step
    from open_during
    where ended_ns < $to_ns
),
sweep as (
    select
        at_ns,
        sum(step) over (order by at_ns, step rows between unbounded preceding and current row) as in_flight,
        lead(at_ns, 1, $to_ns) over (order by at_ns, step) as next_ns
    from steps
),
in_flight as (
    select
        at_ns - at_ns % $width_ns as bucket_ns,
        max(in_flight) as peak_in_flight,
        sum(in_flight * (next_ns - at_ns)) as in_flight_ns
    from sweep
    group by at_ns - at_ns % $width_ns
)
select
    buckets.start_ns as start_ns,
    buckets.end_ns as end_ns,
    coalesce(requests, 0) as requests,
    coalesce(requests, 0) * 60e9 / (buckets.end_ns - buckets.start_ns) as throughput_rpm,
    coalesce(errors, 0) as errors,
    coalesce(aborted, 0) as aborted,
    coalesce(total_time_ns, 0) as total_time_ns,
    coalesce(total_time_ns, 0) / 1e9 as total_time_s,
    case when requests > 0 then total_time_ns / requests / 1e6 end as mean_ms,
    case when requests > 0 then percentiles_ns[1] / 1e6 end as p50_ms,
    case when requests > 0 then percentiles_ns[2] / 1e6 end as p95_ms,
    case when requests > 0 then percentiles_ns[3] / 1e6 end as p99_ms,
    case when requests > 0 then longest_ns / 1e6 end as max_ms,
    in_flight_ns,
    in_flight_ns / (buckets.end_ns - buckets.start_ns) as mean_in_flight,
    peak_in_flight
from buckets
join in_flight on buckets.bucket_ns = in_flight.bucket_ns
left join started on buckets.bucket_ns = started.bucket_ns
order by start_ns
