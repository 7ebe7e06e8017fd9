-- storm_facts: what the records of each service can show: departures, attempt headers, arrivals, durations, losses
with dropped as (
    select
        service,
        sum(rows) as dropped
    from losses
    where what = 'requests' and last_ns >= $first_ns and first_ns <= $last_ns
    group by service
)

select
    requests.service as service,
    count(*) as requests,
    count(*) filter (where requests.source = 'capture') as captured,
    count(*) filter (where requests.aborted or coalesce(requests.status, 0) = 499) as aborted,
    count(*) filter (where requests.attempt is not null) as announced,
    count(*) filter (where not requests.start_known) as without_start,
    max(requests.time_precision_ns) as precision_ns,
    max(coalesce(dropped.dropped, 0)) as dropped
from requests
left join dropped on requests.service = dropped.service
where requests.start_ns >= $first_ns and requests.start_ns <= $last_ns
group by requests.service
