-- storm_suspects: which clients did repeat a request on an endpoint while it was open, or after it failed
-- Looks only at the places that gave reason to. Half of the duplicates that an episode needs are enough here, so that
-- one across the border of two stretches is not lost.
with seen as (
    select
        *,
        coalesce(max(done_ns) over earlier, 0) as busy_until_ns,
        coalesce(lag(failed) over in_order, false) as failed_before
    from storm_visits
    where is_suspect
    window
        in_order as (partition by service, method, route, client, target order by sent_ns, worker, seq),
        earlier as (
            partition by service, method, route, client, target order by sent_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        )
)

select
    service,
    method,
    route,
    client,
    max(client_tier) as client_tier
from seen
where
    announced
    or busy_until_ns > sent_ns
    or (failed_before and sent_ns - busy_until_ns <= $after_failure_ns)
group by service, method, route, client
having count(*) >= $fewest_repeats
