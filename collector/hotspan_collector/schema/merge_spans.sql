-- merge_spans: sealed spans into the store. Segments bring more columns (what a request row needs), older ones fewer.
insert into store.spans by name
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
from (
    (select * exclude (duration_ns, knows_client), null::ubigint as address from store.spans limit 0)
    union all by name
    from segment_spans
);
