-- crowdable: requests to endpoints with so few clients that a second of theirs could be a herd, and to others of that route
select *
from requests
where route in (select route from storm_endpoints)
