-- stretch_bounds: in each stretch of $length_ns, when requests and roots of traces start, and the first moment after them
select
    start_ns - start_ns % $length_ns as from_ns,
    min(start_ns) as first_ns,
    greatest(max(start_ns) + 1, max(ended_ns)) as after_ns
from (
    select start_ns, coalesce(end_ns, $now_ns) as ended_ns
    from requests
    where start_ns >= $from_ns and start_ns < $to_ns
    union all
    select start_ns, end_ns as ended_ns
    from spans
    where start_ns >= $from_ns and start_ns < $to_ns and parent_span_id is null
)
group by all
