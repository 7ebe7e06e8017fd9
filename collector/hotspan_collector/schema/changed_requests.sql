-- changed_requests: the requests that come or go when the segment_requests are merged.
create or replace temp table changed_rows as
select kind, start_ns, end_ns
from segment_requests
union all
select old.kind, old.start_ns, old.end_ns
from store.requests as old
semi join segment_requests as final on old.worker = final.worker and old.seq = final.seq
where old.unfinished;
