-- soak_requests: of the requests that the load tool sent, which are in the store how often
with sent as (
    select
        unnest($numbers::bigint[]) as number,
        unnest($sent_ns::bigint[]) as sent_ns,
        unnest($answered::boolean[]) as answered
),
named as (
    select sent_ns, answered, target_fingerprint($salt, 'GET', '/items/' || number, '') as target from sent
),
stored as (select target, count(*) as times from requests where source = 'capture' group by target),
kept as (select min(start_ns) as since_ns from requests)
select
    count(*) filter (named.answered and stored.times = 1) as once,
    count(*) filter (named.answered and stored.times is null and sent_ns >= since_ns) as lost,
    count(*) filter (named.answered and stored.times is null and sent_ns < since_ns) as pruned,
    count(*) filter (stored.times > 1) as doubled,
    count(*) filter (named.target is null) as strangers
from named full join stored using (target) cross join kept
