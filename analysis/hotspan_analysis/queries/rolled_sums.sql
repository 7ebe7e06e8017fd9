-- rolled_sums: what is rolled up of a stretch: minutes up to the first whole ten of them, these up to the first whole hour,
-- hours up to the first whole day, days, and back
-- reads: rolled_endpoints
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 60000000000 and from_ns >= $from_ns and from_ns < $first_ten_ns
union all
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 600000000000 and from_ns >= $first_ten_ns and from_ns < $first_hour_ns
union all
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 3600000000000 and from_ns >= $first_hour_ns and from_ns < $first_day_ns
union all
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 86400000000000 and from_ns >= $first_day_ns and from_ns < $last_day_ns
union all
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 3600000000000 and from_ns >= $last_day_ns and from_ns < $last_hour_ns
union all
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 600000000000 and from_ns >= $last_hour_ns and from_ns < $last_ten_ns
union all
select * exclude (length_ns)
from rolled_endpoints
where length_ns = 60000000000 and from_ns >= $last_ten_ns and from_ns < $to_ns
