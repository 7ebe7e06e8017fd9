-- feedback_idle: how long a request of each endpoint takes when it starts on an idle process: its demand
-- Not only those that stayed alone until the end: these are the short ones (length bias). Fewer than $fewest say
-- nothing: the first request of a crowd starts on an idle process too.
select
    requests.method as method,
    requests.route as route,
    count(*) as samples,
    avg(requests.end_ns - requests.start_ns) / 1e9 as demand_s
from requests
inner join feedback_flow as flow on requests.worker = flow.worker and requests.start_ns = flow.at_ns
where
    requests.service = $service
    and requests.kind = 'web'
    and requests.start_ns >= $from_ns
    and requests.start_ns < $to_ns
    and requests.end_ns is not null
    and not requests.error
    and flow.before = 0
    and flow.in_flight <= 1
group by requests.method, requests.route
having count(*) >= $fewest
