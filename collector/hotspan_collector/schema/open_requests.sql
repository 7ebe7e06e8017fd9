-- open_requests: what is in flight and not in the store yet, under its final name or as unfinished.
--
-- $since_ns is when the oldest of them started, so that only the newest rows of the store are looked at.
create or replace temp table open_requests as
select in_flight_requests.*, end_ns - start_ns as duration_ns
from in_flight_requests
anti join (select worker, seq from store.requests where start_ns >= $since_ns) using (worker, seq);
