-- box: how many calls of the window lie in a box of starts and durations, and how many do not
-- reads: calls, selected
select
    count(*) filter (where judged.inside) as inside,
    count(*) filter (where not judged.inside) as outside
from (
    select
        start_ns >= $box_from_ns
        and start_ns < $box_to_ns
        and took_ns >= $shortest_ns
        and took_ns < $longest_ns as inside
    from selected
    where start_ns >= $from_ns
) as judged
