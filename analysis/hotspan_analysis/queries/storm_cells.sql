-- storm_cells: where one client asked for one target more than once within $stretch_ns, and what could be behind it
-- reads: repeating
-- The rest reads what this lets through. Suspect: a storm could be in it, for
-- a request announced itself as a further attempt, or a quarter and more failed, or requests came close to one another
-- and one failed or took long enough to be overlapped. A stretch has 64 slots; requests that lie in slots of their own with
-- none of the neighbouring slots used cannot overlap. Dense: a loop could be in it. Else there are enough for polling.
with cells as (
    select
        client,
        coalesce(repeating.target, 0) as target,
        start_ns - start_ns % $stretch_ns as stretch_ns,
        count(*) as times,
        max(coalesce(end_ns, $now_ns) - arrival_ns) as longest_ns,
        slots_used((start_ns % $stretch_ns - start_ns % $stretch_ns % $slot_ns) / $slot_ns) as slots,
        count(*) filter (where aborted or coalesce(status, 0) = 0 or status >= 400) as failures,
        count(*) filter (where attempt > 1 or operation_key is not null) as announced
    from repeating
    where
        start_ns >= $since_ns
        and start_ns < $to_ns
        and kind = 'web'
        and client is not null
        and method <> 'OPTIONS'
        and not speculative
        and coalesce(status, 0) <> 206
        and ($service is null or service = $service)
    group by client, coalesce(repeating.target, 0), start_ns - start_ns % $stretch_ns
    having count(*) >= 2
),

judged as (
    select
        client,
        target,
        stretch_ns,
        times,
        announced > 0
        or (failures >= 3 and 4 * failures >= times)
        or (
            (longest_ns >= $late_ns / 2 or failures > 0)
            and (slots_touch(slots) or slots_count(slots) < times or longest_ns >= $slot_ns)
        ) as is_suspect,
        times >= $redirect_length and times >= 3 * slots_count(slots) as is_dense
    from cells
)

select *
from judged
where is_suspect or is_dense or times >= $polling_per_stretch
