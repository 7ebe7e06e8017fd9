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
    case when twin_key is not null then address is not null end as knows_client,
    attributes
from segment_spans;
