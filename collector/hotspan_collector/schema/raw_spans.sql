-- raw_spans: the spans of a file that can be kept, as seal_spans.sql reads them.
create or replace temp view raw_spans as
select
    worker,
    rowid + 1 as seq,
    service,
    service_version,
    instance,
    trace_id,
    span_id,
    parent_span_id,
    name,
    kind,
    start_ns,
    case when end_ns >= start_ns then end_ns end as end_ns,
    status,
    exception_type,
    scope,
    captured,
    attribute_keys,
    attribute_values
from file_spans
where
    trace_id is not null
    and span_id is not null
    and start_ns is not null
    and not contains(coalesce(attribute_keys, ''), 'hotspan.');  -- rows of our own export, see own_rows_otlp.sql
