-- duplicates: requests of the window that arrived while an earlier one of the same client for the same target was open
-- Almost every request meets nobody. Sorting one number, `meeting`, finds those that do, for a fifth of what it costs
-- to sort all requests by client, target and arrival. For those that meet, the running maximum of the ends says
-- whether an earlier one is still open, without joining requests to each other.
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
            partition by service, method, route, client, target, slot_ns
            order by arrival_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ) as earlier_until_ns
    from covers
    where
        target is not null
        and meeting_of(client, target, slot_ns) in (
            select meeting
            from (
                select
                    meeting,
                    lead(meeting) over (order by meeting) as following
                from (select meeting_of(client, target, slot_ns) as meeting from covers where target is not null)
                    as meetings
            ) as in_order
            where meeting = following
        )
) as lanes
where
    earlier_until_ns > arrival_ns
    and slot_ns = arrival_slot_ns
    and start_ns >= $from_ns
    and start_ns < $to_ns
    and ($version is null or service_version = $version)
    and ($status_from is null or (answered >= $status_from and answered < $status_to))
