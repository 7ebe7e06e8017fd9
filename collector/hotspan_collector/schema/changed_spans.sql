-- changed_spans: the jobs that come with the segment_spans, and the requests that they may bring or take back.
-- SERVER spans that lie beside theirs are among request_spans: a request told of twice is one of these.
create or replace temp table changed_rows as
select 'job' as kind, start_ns, end_ns
from segment_spans
where parent_span_id is null
union all
select 'web', start_ns, end_ns
from request_spans;
