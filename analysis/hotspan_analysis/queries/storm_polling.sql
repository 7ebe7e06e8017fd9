-- storm_polling: what is asked for at the same distance, again and again, and by how many; what a probe or a poller does
-- One row for each endpoint and period: what everybody's page does is one finding.
select
    service,
    method,
    route,
    count(distinct client) as clients,
    min(client) as client,
    max(client_tier) as client_tier,
    sum(times_in_all) as requests,
    min(since_ns) as start_ns,
    max(until_ns) as end_ns,
    quantile_of(period_s, 0.5) as period_s
from storm_steady
group by service, method, route, round(period_s, case when period_s < 10 then 1 else 0 end)
order by requests desc, service, route, period_s
