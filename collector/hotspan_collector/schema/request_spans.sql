-- request_spans: SERVER spans that may stand for one request with another: those of segment_spans, and those stored
-- before that overlap its spans in time. Spans of one request come in several exports: the inner one first, as a rule,
-- and what lies between them and shows that they are one maybe last.
create or replace temp table request_spans as
with
bounds as (
    select min(start_ns) as from_ns, max(end_ns) as to_ns from segment_spans
),
stored as (
    select worker, seq, service, trace_id, span_id, parent_span_id, scope, start_ns, end_ns, twin_key
    from spans
    where
        twin_key is not null
        and end_ns >= (select from_ns from bounds)
        and start_ns <= (select to_ns from bounds)
),
fresh as (
    select worker, seq, address
    from (
        select null::ubigint as worker, null::bigint as seq, null::ubigint as address, null::varchar as request_kind
        where false
        union all by name
        from segment_spans
    )
    where request_kind is not null
)
select s.*, coalesce(f.address, r.address) as address, f.seq is not null as is_fresh
from stored as s
left join fresh as f on f.worker = s.worker and f.seq = s.seq
left join requests as r on r.worker = s.worker and r.seq = s.seq and r.source = 'span';
