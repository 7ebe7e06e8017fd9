-- twins_of_clients: for how many targets some requests know their client's address and some do not: these may be their twins
select count() as targets
from (
    select service, twin_key
    from requests
    where copy = 0
    group by service, twin_key
    having min(is_anonymous) < max(is_anonymous)
) as mixed
