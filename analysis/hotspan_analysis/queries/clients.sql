-- clients: one row per client of the selected requests, the one that takes the most time first
-- reads: calls, selected, touching, covers, duplicates, crowded, peaks
with seen as (
    select
        client,
        min(client_tier) as tier,
        max(agent) as agent,
        count(*) as requests,
        sum(took_ns) as total_time_ns,
        quantile_of(took_ns, 0.95) as p95_ns,
        max(took_ns) as longest_ns,
        count(*) filter (where error) as errors,
        count(*) filter (where aborted) as aborted,
        count(*) filter (where still_open) as still_open,
        min(start_ns) as first_ns,
        max(start_ns) as last_ns
    from selected
    where
        start_ns >= $from_ns
        and kind <> 'job'
    group by client
),
repeated as (
    select
        client,
        count(*) as duplicates,
        sum(took_ns) as repeated_ns
    from duplicates
    group by client
)
select
    seen.client as client_number,
    tier,
    agent,
    requests,
    requests / sum(requests) over () as request_share,
    requests * 60e9 / ($to_ns - $from_ns) as throughput_rpm,
    total_time_ns,
    total_time_ns / 1e9 as total_time_s,
    coalesce(total_time_ns / nullif(sum(total_time_ns) over (), 0), 0.0) as time_share,
    total_time_ns / requests / 1e6 as mean_ms,
    p95_ns / 1e6 as p95_ms,
    longest_ns / 1e6 as max_ms,
    case when seen.client is not null then greatest(coalesce(peak_in_flight, 1), 1) end as peak_in_flight,
    errors,
    errors / requests as error_rate,
    aborted,
    still_open,
    coalesce(duplicates, 0) as duplicates,
    coalesce(duplicates, 0) / requests as duplicate_share,
    coalesce(repeated_ns, 0) as avoidable_ns,
    coalesce(repeated_ns, 0) / 1e9 as avoidable_s,
    first_ns,
    last_ns
from seen
left join repeated on seen.client = repeated.client
left join peaks on seen.client = peaks.client
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
    client_number nulls last
