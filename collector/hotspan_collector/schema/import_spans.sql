-- import_spans: sealed spans of a file into the table `spans`; what a request row needs is left to requests_from_spans.
insert into spans by name
select
    worker,
    seq,
    service,
    service_version,
    instance,
    trace_id,
    span_id,
    parent_span_id,
    name,
    kind,
    start_ns,
    end_ns,
    status,
    error_type,
    category,
    statement,
    db_table,
    db_operation,
    db_rows,
    scope,
    is_request,
    twin_key,
    attributes
from segment_spans;
