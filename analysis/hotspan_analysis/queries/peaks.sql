-- peaks: how many web requests each client had open at once at most, for clients that ever had two in one slot
-- A sweep over each slot: +1 where a request comes in, -1 where it ends; at the same moment ends come first. In every
-- slot the steps add up to zero, so one sweep over all of them needs no partitions, and costs a fifth.
select
    client,
    max(in_flight) as peak_in_flight
from (
    select
        client,
        sum(step) over (
            order by client, slot_ns, at_ns, step
            rows between unbounded preceding and current row
        ) as in_flight
    from (
        select client, slot_ns, since_ns as at_ns, 1 as step
        from crowded
        union all
        select client, slot_ns, until_ns as at_ns, -1 as step
        from crowded
    ) as steps
) as sweeps
group by client
