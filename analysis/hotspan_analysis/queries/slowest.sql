-- slowest: the requests and runs that took longest, with their traces where they have one
-- reads: calls, selected, chosen, traced
select
    service,
    kind,
    case when kind = 'job' then route else method || ' ' || route end as endpoint,
    start_ns,
    took_ns / 1e6 as duration_ms,
    queued_ns / 1e6 as queue_ms,
    nullif(answered, 0) as status,
    error,
    aborted,
    still_open,
    unfinished,
    client,
    client_tier,
    chosen.trace_id as trace_id,
    coalesce(spans, 0) as spans
from chosen
left join traced on chosen.trace_id = traced.trace_id
order by took_ns desc, start_ns, worker, seq
