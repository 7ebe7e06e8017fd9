-- storm_failing: who goes on asking for what only fails, at the pace of always
-- Runs of failures of one client for one target, one after the other, from the attempts of the lanes in question.
with runs as (
    select
        lane,
        target,
        outcome in ('failed', 'refused', 'challenged') and not while_waiting as fails,
        sent_ns,
        done_ns,
        status,
        sum(case when outcome in ('failed', 'refused', 'challenged') and not while_waiting then 0 else 1 end) over (
            partition by lane, target
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and current row
        ) as run
    from storm_attempts
),

failing as (
    select
        lane,
        target,
        run,
        count(*) as requests,
        min(sent_ns) as start_ns,
        max(done_ns) as end_ns,
        max(status) as status,
        (max(sent_ns) - min(sent_ns)) / (count(*) - 1) / 1e9 as period_s
    from runs
    where fails
    group by lane, target, run
    having count(*) >= $fewest_duplicates
)

select
    lanes.service as service,
    lanes.method as method,
    lanes.route as route,
    lanes.client as client,
    max(lanes.client_tier) as client_tier,
    sum(failing.requests) as requests,
    max(failing.requests) as longest,
    min(failing.start_ns) as start_ns,
    max(failing.end_ns) as end_ns,
    quantile_of(failing.period_s, 0.5) as period_s,
    max(failing.status) as status
from failing
inner join storm_lanes as lanes on failing.lane = lanes.lane
group by lanes.service, lanes.method, lanes.route, lanes.client
order by requests desc, service, route, client
