-- duplicates: requests of the window that arrived while an earlier one of the same client for the same target was open
-- reads: touching
-- The same rows as queries/duplicates.sql in one pass: ClickHouse works out a shared relation anew each time it is read.
select
    service,
    kind,
    method,
    route,
    client,
    start_ns,
    took_ns
from (
    select
        *,
        max(open_until_ns) over (
            partition by service, method, route, client, target
            order by arrival_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ) as earlier_until_ns
    from touching
    where target is not null
) as lanes
where
    earlier_until_ns > arrival_ns
    and start_ns >= $from_ns
    and start_ns < $to_ns
    and ($version is null or service_version = $version)
    and ($status_from is null or (answered >= $status_from and answered < $status_to))
