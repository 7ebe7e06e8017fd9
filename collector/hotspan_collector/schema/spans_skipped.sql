-- spans_skipped: how many spans of a file cannot be kept, for which reason.
select reason, count(*) as rows
from (
    select
        case
            when trace_id is null then 'span without a trace id'
            when span_id is null then 'span without a span id'
            when start_ns is null then 'span without a start time'
        end as reason
    from file_spans
)
where reason is not null
group by reason
order by rows desc, reason;
