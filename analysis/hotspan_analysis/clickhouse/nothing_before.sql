-- nothing_before: the relation `before`, where nobody asks what was before
select '' as service, '' as kind, '' as method, '' as route, 0 as previous_requests, 0 as previous_time_ns
from numbers(0)
