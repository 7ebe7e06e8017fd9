-- requests_from_spans: the request rows of the SERVER spans in segment_spans, each request once.
with
routes as (
    select service, route, count(*) as requests
    from segment_spans
    where request_kind is not null
    group by all
),
-- Paths that nobody could make templates of would bury the ranking: beyond so many routes, the rarest are one.
capped as (
    select
        service,
        route,
        case when row_number() over (partition by service order by requests desc, route) > 2000 then '(other)' else route end
            as kept_route
    from routes
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
