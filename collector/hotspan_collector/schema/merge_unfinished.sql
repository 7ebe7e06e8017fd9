-- merge_unfinished: requests in flight when their process died, unless their final row came after all.
insert into store.requests by name
from snapshot_requests
anti join store.requests as final using (worker, seq);
