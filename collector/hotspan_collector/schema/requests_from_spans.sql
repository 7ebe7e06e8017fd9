-- requests_from_spans: the request rows of the SERVER spans in segment_spans, each request once.
with
routes as (
    select service, route, count(*) as requests
    from segment_spans
    where request_kind is not null
    group by all
),
known as (
    select distinct service, route
    from requests
    where source = 'span' and route <> '(other)' and start_ns >= (select min(start_ns) - $day_ns from segment_spans)
),
-- Paths that nobody could make templates of would bury the ranking: beyond so many routes a day, new ones are one, and
-- of those that come together the rarest.
capped as (
    select
        r.service,
        r.route,
        case
            when
                k.route is not null
                or coalesce(n.routes, 0)
                + row_number() over (partition by r.service, k.route is null order by r.requests desc, r.route)
                <= $max_routes
                then r.route
            else '(other)'
        end as kept_route
    from routes as r
    left join known as k on k.service = r.service and k.route = r.route
    left join (select service, count(*) as routes from known group by service) as n on n.service = r.service
)
select
    s.worker,
    s.seq,
    'span' as source,
    s.service,
    s.service_version,
    s.instance,
    s.request_kind as kind,
    s.method,
    c.kept_route as route,
    s.target,
    s.client,
    s.client_tier,
    s.address,
    s.agent,
    s.start_ns as arrival_ns,
    s.start_ns,
    s.end_ns,
    s.http_status as status,
    s.error,
    s.aborted,
    false as unfinished,
    s.attempt,
    s.operation_key,
    null as retry_after_s,
    s.speculative,
    s.http_version,
    s.response_bytes,
    null as in_flight,
    s.trace_id,
    s.span_id,
    true as start_known,
    1 as time_precision_ns
from segment_spans as s
inner join capped as c using (service, route)
anti join twin_spans as t on t.worker = s.worker and t.seq = s.seq
where s.request_kind is not null
