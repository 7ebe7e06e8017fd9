-- merge_requests: sealed requests into the store. A final row takes the place of one that was thought unfinished.
delete from store.requests
using segment_requests as final
where
    requests.unfinished
    and requests.worker = final.worker
    and requests.seq = final.seq;

insert into store.requests by name
from segment_requests;
