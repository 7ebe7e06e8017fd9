-- spans: the relation `spans` out of the Collector's otel_traces, as far as questions that are asked there need it
with
{words}
select
    {copies} as copy,
    toUInt64(0) as worker,
    reinterpretAsInt64(reverse(unhex(lower(SpanId)))) as seq,
    coalesce(nullIf(toString(ServiceName), ''), resource('service.name'), 'unknown') as service,
    resource('service.version') as service_version,
    lower(TraceId) as trace_id,
    lower(SpanId) as span_id,
    nullIf(nullIf(lower(ParentSpanId), ''), '0000000000000000') as parent_span_id,
    path_template(leftUTF8(without_secrets(SpanName), 200)) as name,
    span_kind(SpanKind) as kind,
    toUnixTimestamp64Nano(Timestamp) as start_ns,
    toUnixTimestamp64Nano(Timestamp) + toInt64(Duration) as end_ns,
    span_status(StatusCode) as status,
    {asked} and {speaks} as is_request
from {table}
where {which}
