-- file_spans_messages: a batch of spans out of protobuf messages (otlp_messages.py) as raw spans. Binds $worker.
insert into file_spans by name
select
    $worker::ubigint as worker,
    service,
    service_version,
    instance,
    hex_id(trace_id, 32) as trace_id,
    hex_id(span_id, 16) as span_id,
    hex_id(parent_span_id, 16) as parent_span_id,
    name,
    kind,
    nullif(try_cast(start_ns as bigint), 0) as start_ns,
    nullif(try_cast(end_ns as bigint), 0) as end_ns,
    status,
    exception_type,
    scope,
    false as captured,
    attribute_keys,
    attribute_values,
    document
from message_spans;
