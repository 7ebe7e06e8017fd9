-- request_spans: SERVER spans that may stand for one request with another: those of segment_spans, and those stored
-- before that lie within `$reach_ns` of its spans. Spans of one request come in several exports: the inner one first, as a
-- rule, and what lies between them and shows that they are one maybe last, and maybe at a time when neither was open.
create or replace temp table request_spans as
select worker, seq, service, trace_id, span_id, parent_span_id, scope, start_ns, end_ns, twin_key, knows_client
from spans
where
    twin_key is not null
    and end_ns >= (select min(start_ns) - $reach_ns from segment_spans)
    and start_ns <= (select max(end_ns) + $reach_ns from segment_spans);
