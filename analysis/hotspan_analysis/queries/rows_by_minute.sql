-- rows_by_minute: how many requests and spans started in each minute of a window that has any
select
    start_ns - start_ns % 60000000000 as minute_ns,
    count(*) as rows_seen
from (
    select start_ns from requests where start_ns >= $from_ns and start_ns < $to_ns
    union all
    select start_ns from spans where start_ns >= $from_ns and start_ns < $to_ns and parent_span_id is null
)
group by minute_ns
order by minute_ns
