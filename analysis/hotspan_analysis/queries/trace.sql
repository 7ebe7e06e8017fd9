-- trace: the spans of the traces whose id begins with the digits asked for
select
    trace_id,
    span_id,
    parent_span_id,
    service,
    instance,
    name,
    kind,
    start_ns,
    greatest(end_ns, start_ns) as end_ns,
    status,
    error_type,
    category,
    statement,
    db_table,
    db_operation,
    db_rows,
    is_request,
    attributes
from spans
where
    trace_id >= $first
    and trace_id <= $last
order by start_ns, end_ns desc, span_id, service, kind, name, worker, seq
