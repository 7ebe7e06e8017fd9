-- storm_size: how many requests there are to look through, and when the first and the last of them started
select
    count(*) as requests,
    coalesce(min(start_ns), 0) as first_ns,
    coalesce(max(start_ns), 0) as last_ns
from requests
where start_ns >= $since_ns and start_ns < $to_ns and ($service is null or service = $service)
