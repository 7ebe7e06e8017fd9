-- storm_endpoints: the endpoints with so few clients that a second of theirs could be a herd
-- No endpoint gets more requests in a second than all of them do in the busiest one. What is used by more clients than
-- $herd_share of that can hold is used by most clients, and their seconds need not be counted.
with seconds as (
    select count(*) as requests
    from requests
    where
        start_ns >= $since_ns
        and start_ns < $to_ns
        and kind = 'web'
        and ($service is null or service = $service)
    group by start_ns - start_ns % 1000000000
),

busiest as (select max(requests) as requests from seconds)

select
    requests.service as service,
    requests.method as method,
    requests.route as route
from requests
where
    requests.start_ns >= $since_ns
    and requests.start_ns < $to_ns
    and requests.kind = 'web'
    and ($service is null or requests.service = $service)
group by requests.service, requests.method, requests.route
having (select requests from busiest) >= $herd_share * approx_count_distinct(requests.client)
