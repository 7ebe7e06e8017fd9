-- busiest_address: how many of the selected requests come from the address that sends most
-- reads: calls, selected
select coalesce(max(requests), 0) as requests
from (
    select count(*) as requests
    from selected
    where
        start_ns >= $from_ns
        and address is not null
    group by address
) as addresses
