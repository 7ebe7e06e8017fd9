-- bounds: when the data starts, and the first moment after it; requests still open last until now
select
    min(first_ns) as first_ns,
    max(after_ns) as after_ns,
    sum(rows_seen) as rows_seen
from (
    select
        min(start_ns) as first_ns,
        greatest(max(start_ns) + 1, max(coalesce(end_ns, $now_ns))) as after_ns,
        count(*) as rows_seen
    from requests
    union all
    select min(start_ns), greatest(max(start_ns) + 1, max(end_ns)), count(*)
    from spans
    where parent_span_id is null
) as both_tables
where rows_seen > 0
