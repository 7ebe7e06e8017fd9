-- breakdown_requests: how many requests and runs there were, with spans or without
-- reads: calls, selected
select count(*) as requests
from selected
where start_ns >= $from_ns
