-- changed_unfinished: the requests that come when what dead processes left behind is merged.
create or replace temp table changed_rows as
select kind, start_ns, end_ns
from snapshot_requests;
