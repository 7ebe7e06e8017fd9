-- storm_places: the stretches to look at row by row: where a storm could be, and the busiest of each client and target
with known as (
    select
        *,
        sum(times) over (partition by client, target) as times_in_all,
        row_number() over (partition by client, target order by times desc, stretch_ns) as nth
    from storm_cells
)

select
    client,
    target,
    stretch_ns,
    is_suspect,
    target <> 0 and nth = 1 and times >= $polling_per_stretch and times_in_all >= $polling_times as is_busiest,
    times_in_all
from known
where is_suspect or (nth = 1 and times >= $polling_per_stretch and times_in_all >= $polling_times)
