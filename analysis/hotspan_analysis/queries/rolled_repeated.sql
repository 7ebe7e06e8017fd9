-- rolled_repeated: what repeated has, out of roll-ups and the rest of the window
select
    service,
    kind,
    method,
    route,
    sum(duplicates) as duplicates,
    sum(repeated_ns) as repeated_ns
from all_sums
group by service, kind, method, route
