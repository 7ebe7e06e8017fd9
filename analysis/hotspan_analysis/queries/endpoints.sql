-- endpoints: one row per endpoint, job and held-open endpoint of the window, in the order asked for
-- reads: calls, selected, touching, covers, duplicates, present, before, repeated
-- Where much is asked for, the last three are read from roll-ups instead: rolled_present, rolled_before, rolled_repeated.
select
    present.service as service,
    present.kind as kind,
    case when present.kind = 'job' then present.route else present.method || ' ' || present.route end as endpoint,
    present.method as method,
    present.route as route,
    requests,
    requests * 60e9 / ($to_ns - $from_ns) as throughput_rpm,
    total_time_ns,
    total_time_ns / 1e9 as total_time_s,
    coalesce(total_time_ns / nullif(sum(total_time_ns) over (partition by present.kind), 0), 0.0) as time_share,
    total_time_ns / ($to_ns - $from_ns) as load_erlangs,
    total_time_ns / requests / 1e6 as mean_ms,
    percentiles_ns[1] / 1e6 as p50_ms,
    percentiles_ns[2] / 1e6 as p95_ms,
    percentiles_ns[3] / 1e6 as p99_ms,
    longest_ns / 1e6 as max_ms,
    errors,
    errors / requests as error_rate,
    case when present.kind = 'web' then (satisfied + tolerating / 2) / requests end as apdex,
    case when present.kind = 'web' then $satisfied_ns / 1e9 end as apdex_threshold_s,
    requests < $few_samples as few_samples,
    aborted,
    still_open,
    unfinished,
    queue_time_ns / 1e9 as queue_time_s,
    queue_time_ns / requests / 1e6 as mean_queue_ms,
    coalesce(duplicates, 0) as duplicates,
    coalesce(duplicates, 0) / requests as duplicate_share,
    coalesce(repeated_ns, 0) as avoidable_ns,
    coalesce(repeated_ns, 0) / 1e9 as avoidable_s,
    case when $compared then coalesce(previous_requests, 0) end as previous_requests,
    case when $compared then coalesce(previous_time_ns, 0) / 1e9 end as previous_total_time_s,
    case when $compared then total_time_ns / nullif(coalesce(previous_time_ns, 0), 0) - 1 end as time_change
from present
left join before
    on
        present.service = before.service
        and present.kind = before.kind
        and present.method = before.method
        and present.route = before.route
left join repeated
    on
        present.service = repeated.service
        and present.kind = repeated.kind
        and present.method = repeated.method
        and present.route = repeated.route
order by
    case $sort
        when 'time' then total_time_ns * 1.0
        when 'throughput' then requests * 1.0
        when 'slowest' then total_time_ns / requests
        when 'errors' then errors * 1.0
        when 'duplicates' then coalesce(duplicates, 0) * 1.0
    end desc,
    total_time_ns desc,
    requests desc,
    present.service,
    present.kind,
    present.method,
    present.route
