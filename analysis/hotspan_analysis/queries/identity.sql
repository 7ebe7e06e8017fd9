-- identity: how many of the selected requests are told apart by address only, and how many have no known start
-- reads: calls, selected
select
    count(*) as requests,
    count(*) filter (where client_tier in ('address_agent', 'address', 'unknown')) as by_address,
    count(*) filter (where not start_known) as without_start
from selected
where
    start_ns >= $from_ns
    and kind <> 'job'
