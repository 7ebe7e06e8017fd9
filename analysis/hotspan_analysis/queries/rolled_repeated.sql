-- rolled_repeated: what repeated has, out of roll-ups and the rest of the window
select
    service,
    kind,
    method,
    route,
    sum(duplicates) as duplicates,
    sum(repeated_ns) as repeated_ns
from rolled_sums
where from_ns >= $from_ns
group by service, kind, method, route
