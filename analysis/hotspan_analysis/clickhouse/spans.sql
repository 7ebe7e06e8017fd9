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
    span_kind(SpanKind) in ('SERVER', 'UNSPECIFIED')
    and (span_kind(SpanKind) = 'SERVER' or ParentSpanId in ('', '0000000000000000'))
    and (
        coalesce(
            told('http.request.method'), told('http.method'), told('url.path'), told('http.target'), told('http.path'),
            told('url.full'), told('http.url'), told('rpc.method'), told('rpc.system.name'), told('rpc.system')
        ) is not null
        or match(SpanName, '^(?i:get|head|post|put|patch|delete|options) /')
    ) as is_request
from {table}
where {which}
