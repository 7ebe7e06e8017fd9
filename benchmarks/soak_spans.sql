-- soak_spans: of the spans that the receiver acknowledged, which are in the store how often
with acknowledged as (select unnest($span_ids::varchar[]) as span_id, unnest($start_ns::bigint[]) as start_ns),
stored as (select span_id, count(*) as times from spans where service = $service group by span_id),
kept as (select min(start_ns) as since_ns from spans)
select
    count(*) filter (stored.times = 1) as once,
    count(*) filter (stored.times is null and acknowledged.start_ns >= since_ns) as lost,
    count(*) filter (stored.times is null and acknowledged.start_ns < since_ns) as pruned,
    count(*) filter (stored.times > 1) as doubled,
    0 as strangers
from acknowledged left join stored using (span_id) cross join kept
