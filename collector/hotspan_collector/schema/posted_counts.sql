-- posted_counts: how many spans of each posted document can be kept, and how many cannot.
select
    document,
    count(*) filter (is_good) as spans,
    count(*) filter (not is_good) as rejected
from (
    select document, trace_id is not null and span_id is not null and start_ns is not null as is_good
    from file_spans
)
group by document;
