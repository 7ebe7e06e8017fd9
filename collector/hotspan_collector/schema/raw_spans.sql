-- raw_spans: the spans of a file that can be kept, as seal_spans.sql and span_contents.sql read them. Each span has a
-- content of its own: to find equal ones would cost more than it saves.
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
    start_ns,
    case when end_ns >= start_ns then end_ns end as end_ns,
    rowid + 1 as content
from file_spans
where trace_id is not null and span_id is not null and start_ns is not null;

create or replace temp view raw_contents as
select
    rowid + 1 as content,
    name,
    scope,
    kind,
    coalesce(parent_span_id, '') = '' as is_root,
    status,
    exception_type,
    captured,
    attribute_keys,
    attribute_values
from file_spans
where trace_id is not null and span_id is not null and start_ns is not null;
