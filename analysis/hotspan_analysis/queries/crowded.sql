-- crowded: the slots in which a client had two requests or more, with the stretch of the slot that each was open
-- Only what lies in the window counts. Sorting one number finds these slots, as in `duplicates`.
select
    client,
    slot_ns,
    greatest(arrival_ns, slot_ns, $from_ns) as since_ns,
    least(open_until_ns, slot_ns + 4294967296, $to_ns) as until_ns
from covers
where
    greatest(arrival_ns, slot_ns, $from_ns) < least(open_until_ns, slot_ns + 4294967296, $to_ns)
    and ($version is null or service_version = $version)
    and ($status_from is null or (answered >= $status_from and answered < $status_to))
    and meeting_of(client, 0, slot_ns) in (
        select meeting
        from (
            select
                meeting,
                lead(meeting) over (order by meeting) as following
            from (select meeting_of(client, 0, slot_ns) as meeting from covers) as meetings
        ) as in_order
        where meeting = following
    )
