-- storm_hidden: clients that got through more often than usual while a process was busy with one request after another
-- Inside: how often a client asked for a target in one such stretch. Outside: how often it did at other times, absence
-- not counted. A client that mostly follows upon itself is one that asks again as soon as it has its answer.
with inside as (
    select
        service,
        method,
        route,
        client,
        target,
        worker,
        island,
        max(client_tier) as client_tier,
        min(from_ns) as from_ns,
        max(until_ns) as until_ns,
        min(start_ns) as first_ns,
        max(start_ns) as last_ns,
        count(*) as attempts,
        sum(done_ns - start_ns) as in_flight_ns
    from storm_islands
    where client is not null
    group by service, method, route, client, target, worker, island
    having count(*) >= $hidden_attempts and count(*) filter (where client_before = client) <= 0.5 * count(*)
),

lanes as (
    select distinct
        service,
        method,
        route,
        client,
        target
    from inside
),

steps as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        requests.client as client,
        requests.target as target,
        requests.worker as worker,
        requests.seq as seq,
        requests.start_ns - lag(requests.start_ns) over (
            partition by requests.service, requests.method, requests.route, requests.client, requests.target
            order by requests.start_ns, requests.worker, requests.seq
        ) as step_ns
    from requests
    inner join lanes
        on
            requests.service = lanes.service
            and requests.method = lanes.method
            and requests.route = lanes.route
            and requests.client = lanes.client
            and requests.target is not distinct from lanes.target
    where requests.start_ns >= $since_ns and requests.start_ns < $to_ns and requests.kind = 'web'
),

outside as (
    select
        steps.service as service,
        steps.method as method,
        steps.route as route,
        steps.client as client,
        steps.target as target,
        count(*) as steps,
        sum(least(steps.step_ns, $presence_ns)) / 1e9 as time_s
    from steps
    left join storm_islands as islands on steps.worker = islands.worker and steps.seq = islands.seq
    where steps.step_ns is not null and islands.seq is null
    group by steps.service, steps.method, steps.route, steps.client, steps.target
)

select
    inside.* exclude (island),
    coalesce(outside.steps, 0) as steps_outside,
    coalesce(outside.time_s, 0) as time_outside_s
from inside
left join outside
    on
        inside.service = outside.service
        and inside.method = outside.method
        and inside.route = outside.route
        and inside.client = outside.client
        and inside.target is not distinct from outside.target
order by inside.service, inside.route, inside.first_ns, inside.client
