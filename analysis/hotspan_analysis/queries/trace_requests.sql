-- trace_requests: the requests of the traces whose id begins with the digits asked for
select
    trace_id,
    span_id,
    service,
    instance,
    method || ' ' || route as endpoint,
    start_ns,
    greatest(coalesce(end_ns, $now_ns), start_ns) as end_ns,
    status,
    error
from requests
where
    trace_id >= $first
    and trace_id <= $last
order by start_ns, end_ns desc, span_id, service, worker, seq
