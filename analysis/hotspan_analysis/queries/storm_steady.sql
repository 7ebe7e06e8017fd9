-- storm_steady: clients that ask for one target again and again at one distance, whatever else happens
-- Looked at in the busiest stretch of each client and target: the spread of the steps there, less what a coarse clock
-- adds. They must have asked often enough in all.
with known as (
    select
        *,
        sum(times) over (partition by service, method, route, client, target) as times_in_all,
        min(first_ns) over (partition by service, method, route, client, target) as since_ns,
        max(last_ns) over (partition by service, method, route, client, target) as until_ns,
        row_number() over (
            partition by service, method, route, client, target order by times desc, stretch_ns
        ) as nth
    from storm_stretches
    where target is not null
),

busiest as (
    select *
    from known
    where nth = 1 and times >= $polling_per_stretch and times_in_all >= $polling_times
),

steps as (
    select
        busiest.service as service,
        busiest.method as method,
        busiest.route as route,
        busiest.client as client,
        busiest.target as target,
        requests.time_precision_ns as precision_ns,
        requests.arrival_ns - lag(requests.arrival_ns) over (
            partition by busiest.service, busiest.method, busiest.route, busiest.client, busiest.target
            order by requests.arrival_ns, requests.worker, requests.seq
        ) as step_ns
    from busiest
    inner join requests
        on
            requests.service = busiest.service
            and requests.method = busiest.method
            and requests.route = busiest.route
            and requests.client = busiest.client
            and requests.target = busiest.target
            and requests.start_ns >= busiest.first_ns
            and requests.start_ns <= busiest.last_ns
    where requests.kind = 'web' and not requests.speculative
),

typical as (
    select
        service,
        method,
        route,
        client,
        target,
        max(precision_ns) as precision_ns,
        quantiles_of(step_ns, [0.1, 0.5, 0.9]) as steps_ns
    from steps
    where step_ns is not null
    group by service, method, route, client, target
)

select
    busiest.*,
    typical.steps_ns[2] / 1e9 as period_s
from busiest
inner join typical
    on
        busiest.service = typical.service
        and busiest.method = typical.method
        and busiest.route = typical.route
        and busiest.client = typical.client
        and busiest.target = typical.target
where
    typical.steps_ns[2] > 0
    and typical.steps_ns[3] - typical.steps_ns[1]
    <= 2 * $polling_spread * typical.steps_ns[2] + case when typical.precision_ns > 1 then 2 * typical.precision_ns else 0 end
    and typical.steps_ns[2] >= 5 * case when typical.precision_ns > 1 then typical.precision_ns else 0 end
