-- storm_steady: clients that ask for one target again and again at one distance, whatever else happens
-- Looked at in the busiest stretch of each client and target: the spread of the steps there, less what a coarse clock
-- adds. They must have asked often enough in all.
with steps as (
    select
        *,
        sent_ns - lag(sent_ns) over (
            partition by service, method, route, client, target order by sent_ns, worker, seq
        ) as step_ns
    from storm_visits
    where is_busiest
),

typical as (
    select
        service,
        method,
        route,
        client,
        target,
        max(client_tier) as client_tier,
        max(times_in_all) as times_in_all,
        max(blur_ns) as blur_ns,
        quantiles_of(step_ns, [0.1, 0.5, 0.9]) as steps_ns
    from steps
    where step_ns is not null
    group by service, method, route, client, target
)

select
    service,
    method,
    route,
    client,
    target,
    client_tier,
    times_in_all,
    steps_ns[2] / 1e9 as period_s
from typical
where
    steps_ns[2] > 0
    and steps_ns[3] - steps_ns[1] <= 2 * $polling_spread * steps_ns[2] + 2 * blur_ns
    and steps_ns[2] >= 5 * blur_ns
