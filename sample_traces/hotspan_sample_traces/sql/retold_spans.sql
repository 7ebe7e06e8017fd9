-- retold_spans: the spans, moved with their traces; the name of the machine is nobody's business.
create or replace temp table retold_spans as
select
    spans.* replace (
        'exam:' || split_part(spans.instance, ':', -1) as instance,
        spans.start_ns + trace_moves.by_ns as start_ns,
        spans.end_ns + trace_moves.by_ns as end_ns
    )
from spans
inner join trace_moves on trace_moves.worker = spans.worker and trace_moves.trace = spans.trace_id
order by start_ns, seq;
