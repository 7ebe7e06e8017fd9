-- what_if_requests: every request that a service worked on in a stretch, in the order of arrival, and who sent it
-- Requests of other endpoints have no sender: they are load beside it. Came: when a client was first seen, on whatever
-- endpoint; nobody knows for those who share an address. Endpoints whose requests last $held_s and more
-- while all is calm wait for something else than the server (long polls), and are left out. Requests that were cut off
-- with their process have no end, nor have those without a status where others have one. What came and went within one
-- tick of the clock took a nanosecond: it came before it went.
with calm as (
    select
        method,
        route,
        quantile_of(end_ns - start_ns, 0.5) as usual_ns
    from requests
    where
        service = $service
        and kind = 'web'
        and start_ns >= $from_ns
        and start_ns < $to_ns
        and (start_ns < $trouble_from_ns or start_ns >= $trouble_to_ns)
        and end_ns is not null
    group by method, route
),

working as (
    select
        requests.worker as worker,
        requests.seq as seq,
        requests.arrival_ns as arrival_ns,
        requests.start_ns as start_ns,
        requests.end_ns as end_ns,
        not requests.unfinished and (
            requests.status is not null or requests.aborted or max(requests.status) over () is null
        ) as is_answered,
        requests.time_precision_ns as precision_ns,
        requests.error as error,
        requests.aborted as aborted,
        requests.method = $method and requests.route = $route as is_asked_for,
        requests.client as client,
        case
            when requests.client_tier in ('address', 'address_agent') then null
            else min(requests.arrival_ns) over (partition by requests.client, requests.client_tier)
        end as came_ns,
        case
            when requests.client_tier in ('address', 'address_agent') then coalesce(requests.target, 0)
            else 0
        end as target
    from requests
    left join calm on requests.method = calm.method and requests.route = calm.route
    where
        requests.service = $service
        and requests.kind = 'web'
        and requests.start_ns >= $from_ns
        and requests.start_ns < $to_ns
        and (coalesce(calm.usual_ns, 0) < $held_s * 1e9 or (requests.method = $method and requests.route = $route))
)

select
    (arrival_ns - $from_ns) / 1e9 as sent_s,
    (start_ns - $from_ns) / 1e9 as started_s,
    case when is_answered and end_ns < $to_ns then (greatest(end_ns, arrival_ns + 1) - $from_ns) / 1e9 else null end as done_s,
    precision_ns,
    error,
    aborted,
    worker as process,
    (came_ns - $from_ns) / 1e9 as came_s,
    case when is_asked_for then dense_rank() over (order by is_asked_for desc, client, target) - 1 else -1 end as sender
from working
order by arrival_ns, worker, seq
