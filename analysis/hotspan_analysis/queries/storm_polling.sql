-- storm_polling: what is asked for at the same distance, again and again, and by how many; what a probe or a poller does
-- One row for each endpoint and period: what everybody's page does is one finding. Start and end are those of the
-- stretches in which it was seen.
with periods as (
    select
        *,
        round(period_s, case when period_s < 10 then 1 else 0 end) as about_s
    from storm_steady
),

reach as (
    select
        client,
        target,
        min(stretch_ns) as start_ns,
        max(stretch_ns) + $stretch_ns as end_ns
    from storm_cells
    where times >= $polling_per_stretch
    group by client, target
)

select
    service,
    method,
    route,
    count(distinct periods.client) as clients,
    min(periods.client) as client,
    max(client_tier) as client_tier,
    sum(times_in_all) as requests,
    min(reach.start_ns) as start_ns,
    max(reach.end_ns) as end_ns,
    quantile_of(period_s, 0.5) as period_s
from periods
inner join reach on periods.client = reach.client and periods.target = reach.target
group by service, method, route, about_s
order by requests desc, service, route, period_s
