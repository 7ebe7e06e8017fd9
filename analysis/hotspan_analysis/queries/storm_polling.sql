-- storm_polling: what is asked for at the same distance, again and again, and by how many; what a probe or a poller does
-- One row for each endpoint and period: what everybody's page does is one finding. Every request of these clients for
-- their targets counts, those at the edges of the recording too.
with periods as (
    select
        *,
        round(period_s, case when period_s < 10 then 1 else 0 end) as about_s
    from storm_steady
),

counted as (
    select
        periods.service as service,
        periods.method as method,
        periods.route as route,
        periods.client as client,
        periods.about_s as about_s,
        max(periods.client_tier) as client_tier,
        max(periods.period_s) as period_s,
        count(*) as requests,
        min(requests.arrival_ns) as start_ns,
        max(requests.arrival_ns) as end_ns
    from requests
    inner join periods
        on
            requests.client = periods.client
            and requests.target = periods.target
            and requests.service = periods.service
            and requests.method = periods.method
            and requests.route = periods.route
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and not requests.speculative
    group by periods.service, periods.method, periods.route, periods.client, periods.about_s
)

select
    service,
    method,
    route,
    count(distinct client) as clients,
    min(client) as client,
    max(client_tier) as client_tier,
    sum(requests) as requests,
    min(start_ns) as start_ns,
    max(end_ns) as end_ns,
    quantile_of(period_s, 0.5) as period_s
from counted
group by service, method, route, about_s
order by requests desc, service, route, period_s
