-- peaks: how many web requests each client had open at once at most
-- The same rows as queries/peaks.sql for every client that had two at once, in one pass without slots.
select
    client,
    max(in_flight) as peak_in_flight
from (
    select
        client,
        sum(step) over (
            partition by client order by at_ns, step
            rows between unbounded preceding and current row
        ) as in_flight
    from (
        select client, edge.1 as at_ns, edge.2 as step
        from (
            select
                client,
                arrayJoin([
                    (greatest(arrival_ns, $from_ns), 1), (least(open_until_ns, $to_ns), -1)
                ]) as edge
            from touching
            where
                greatest(arrival_ns, $from_ns) < least(open_until_ns, $to_ns)
                and ($version is null or service_version = $version)
                and ($status_from is null or (answered >= $status_from and answered < $status_to))
        ) as edges
    ) as steps
) as sweeps
group by client
