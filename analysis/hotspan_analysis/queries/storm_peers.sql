-- storm_peers: how soon other clients ask the same endpoint again, where a suspect has shown no calm pace of its own
-- One row for each pause after an answer, whatever the target, and one for the time after a client's last request. No
-- more than about $peer_requests requests of an endpoint are read, those of clients picked by their hash.
with of_others as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        requests.client as client,
        requests.worker as worker,
        requests.seq as seq,
        requests.arrival_ns as sent_ns,
        greatest(coalesce(requests.end_ns, $now_ns), requests.arrival_ns) as done_ns,
        not requests.aborted and coalesce(requests.status, 0) between 100 and 399 as is_answered,
        count(*) over (partition by requests.service, requests.method, requests.route) as requests_of_all
    from requests
    inner join storm_unknown as endpoints
        on
            requests.service = endpoints.service
            and requests.method = endpoints.method
            and requests.route = endpoints.route
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and not requests.speculative
        and requests.client is not null
        and requests.client not in (select client from storm_lanes)
),

beside as (
    select
        *,
        coalesce(max(done_ns) over earlier, 0) as busy_until_ns,
        coalesce(lag(sent_ns) over in_order, 0) as previous_sent_ns,
        coalesce(lag(is_answered) over in_order, false) as previous_answered
    from of_others
    where client % 1024 * requests_of_all < 1024 * $peer_requests
    window
        in_order as (partition by service, method, route, client order by sent_ns, done_ns, worker, seq),
        earlier as (
            partition by service, method, route, client
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        )
)

select
    service,
    method,
    route,
    1 as ended,
    sent_ns - busy_until_ns as idle_ns,
    sent_ns - previous_sent_ns as step_ns
from beside
where busy_until_ns > 0 and sent_ns >= busy_until_ns and previous_answered
union all
select
    service,
    method,
    route,
    0,
    greatest($to_ns - max(done_ns), 0),
    null
from beside
group by service, method, route, client
