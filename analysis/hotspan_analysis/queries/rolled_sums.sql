-- rolled_sums: what is rolled up of each endpoint that the filters let pass, in stretches of one length
-- reads: rolled_endpoints
select * exclude (length_ns)
from rolled_endpoints
where
    length_ns = $length_ns
    and from_ns >= $from_ns
    and from_ns < $to_ns
