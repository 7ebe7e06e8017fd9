-- requests_between: how many requests started in a window
select count(*) as requests
from requests
where
    start_ns >= $from_ns
    and start_ns < $to_ns
