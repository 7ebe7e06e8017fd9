-- request_spans: SERVER spans that may stand for one request with another: those of segment_spans, and those stored
-- before that overlap them in time. Spans of one request come in several exports, the inner one first.
create or replace temp table request_spans as
with
fresh as (
    select worker, seq, service, trace_id, span_id, parent_span_id, scope, start_ns, end_ns, twin_key, address, true as fresh
    from segment_spans
    where request_kind is not null
),
bounds as (
    select min(start_ns) as from_ns, max(end_ns) as to_ns from fresh
)
from fresh
union all by name
select
    s.worker,
    s.seq,
    s.service,
    s.trace_id,
    s.span_id,
    s.parent_span_id,
    s.scope,
    s.start_ns,
    s.end_ns,
    s.twin_key,
    r.address,
    false as fresh
from spans as s
left join requests as r on r.worker = s.worker and r.seq = s.seq and r.source = 'span'
where
    s.twin_key is not null
    and s.end_ns >= (select from_ns from bounds)
    and s.start_ns <= (select to_ns from bounds)
    and not exists (from fresh as f where f.worker = s.worker and f.seq = s.seq);
