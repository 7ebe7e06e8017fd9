-- requests: the relation `requests` out of the Collector's otel_traces: one row per SERVER span of HTTP or RPC
-- The same derivation as collector/hotspan_collector/schema/span_contents.sql and requests_from_spans.sql have it for
-- DuckDB, in ClickHouse's words (words.sql). `told` is what the attributes say. A span that stands for several, because it was
-- sampled, is that many rows; all but the first have no target, so that none of them is taken for a repetition.
with
{words},
lower(TraceId) as trace_id,
lower(SpanId) as span_id,
SpanName as span_name,
coalesce(nullIf(toString(ServiceName), ''), resource('service.name'), 'unknown') as service,
resource('service.version') as service_version,
coalesce(
    resource('service.instance.id'),
    concat(resource('host.name'), if(resource('process.pid') is null, '', concat(':', resource('process.pid'))))
) as instance,
toUnixTimestamp64Nano(Timestamp) as start_ns,
toInt64(Duration) as took_ns,
upper(StatusCode) in ('ERROR', 'STATUS_CODE_ERROR') as failed,
upper(StatusCode) not in ('ERROR', 'STATUS_CODE_ERROR', 'OK', 'STATUS_CODE_OK') as is_unset,
coalesce(told('http.request.method'), told('http.method')) as method_text,
method_text is not null as is_http,
told('http.request.method_original') as method_original,
coalesce(told('http.response.status_code'), told('http.status_code')) as status_text,
http_status_of(status_text) as http_status,
route_of(told('http.route')) as http_route,
coalesce(told('url.path'), told('http.target'), told('http.path'), told('url.full'), told('http.url')) as path_text,
coalesce(told('url.query'), query_of(coalesce(told('url.full'), told('http.url'), told('http.target')))) as query,
coalesce(told('url.scheme'), told('http.scheme')) as scheme,
bare_address(coalesce(
    told('client.address'), told('http.client_ip'), told('net.sock.peer.addr'), told('network.peer.address'),
    told('net.peer.ip'), told('peer.address'), told('peer.ipv4'), told('peer.ipv6')
)) as raw_address,
leftUTF8(coalesce(told('user_agent.original'), told('http.user_agent'), told('user_agent')), 500) as agent,
coalesce(told('user.id'), told('enduser.id'), told('session.id')) as session,
nullIf(header_value(coalesce(
    told('http.request.header.authorization'), told('http.request.header.x_api_key'),
    told('http.request.header.x-api-key'), told('http.request.header.api_key'),
    told('http.request.header.api-key')
)), '') as credential,
nullIf(header_value(coalesce(
    told('http.request.header.x_client_id'), told('http.request.header.x-client-id'),
    told('http.request.header.x_device_id'), told('http.request.header.x-device-id')
)), '') as device,
coalesce(
    toInt32OrNull(header_value(coalesce(
        told('http.request.header.x_envoy_attempt_count'), told('http.request.header.x-envoy-attempt-count')
    ))),
    toInt32OrNull(header_value(coalesce(
        told('http.request.header.x_stainless_retry_count'),
        told('http.request.header.x-stainless-retry-count'), told('http.request.header.retry_attempt'),
        told('http.request.header.retry-attempt'), told('http.request.resend_count'), told('http.resend_count')
    ))) + 1
) as attempt,
nullIf(header_value(coalesce(
    told('http.request.header.idempotency_key'), told('http.request.header.idempotency-key'),
    told('http.request.header.x_idempotency_key'), told('http.request.header.x-idempotency-key'),
    told('http.request.header.amz_sdk_invocation_id'), told('http.request.header.amz-sdk-invocation-id')
)), '') as operation_text,
position(ifNull(coalesce(
    told('http.request.header.sec_purpose'), told('http.request.header.sec-purpose'),
    told('http.request.header.purpose')
), ''), 'pre') > 0 as speculative,
coalesce(
    told('http.response.header.content_type'), told('http.response.header.content-type'),
    told('http.request.header.accept')
) as content_type,
position(ifNull(told('response_flags'), ''), 'DC') > 0 as left_early,
coalesce(told('rpc.system.name'), told('rpc.system')) as rpc_system,
told('rpc.service') as rpc_service,
told('rpc.method') as rpc_method,
regexpExtract(SpanName, '^(?i:get|head|post|put|patch|delete|options)( /\\S*|$)', 0) as http_name,
coalesce(
    known_method(coalesce(nullIf(upper(method_text), '_OTHER'), upper(method_original), method_text)),
    multiIf(
        scheme in ('ws', 'wss'), 'WEBSOCKET',
        path_text is not null or http_name <> '',
        coalesce(nullIf(upper(splitByChar(' ', http_name)[1]), ''), 'HTTP'),
        coalesce(upper(rpc_system), 'RPC')
    )
) as method,
concat('/', trim(leading '/' from path_of(coalesce(
    path_text, if(http_name <> '', splitByChar(' ', http_name)[2], null), concat(rpc_service, '/', rpc_method), rpc_method,
    span_name
)))) as path,
ifNull(scheme, '') in ('ws', 'wss')
or position(ifNull(content_type, ''), 'event-stream') > 0
or ifNull(status_text, '') = '101'
or match(ifNull(query, ''), '\\btransport=(websocket|polling)\\b')
or match(ifNull(rpc_method, ''), '(Stream|Watch|Subscribe)\\w*$') as is_held_open
select
    toUInt64(0) as worker,
    reinterpretAsInt64(reverse(unhex(span_id))) as seq,
    'span' as source,
    service,
    service_version,
    instance,
    if(is_held_open, 'held_open', 'web') as kind,
    method,
    multiIf(
        http_route is not null, assumeNotNull(http_route),
        ifNull(http_status, 0) = 404, '(unmatched)',
        path_template(path)
    ) as route,
    if(
        copy = 0,
        toNullable(reinterpretAsUInt64(substring(MD5(concat($salt, method, ' ', path, '?', significant_query(query))), 9, 8))),
        null
    ) as target,
    keyed_hash(coalesce(
        session, credential, device,
        concat(raw_address, ifNull(concat(' ', agent), ''))
    )) as client,
    multiIf(
        session is not null, 'session',
        credential is not null, 'credential',
        device is not null, 'device',
        raw_address is null, 'unknown',
        {several_agents}, 'address_agent',
        'address'
    ) as client_tier,
    keyed_hash(raw_address) as address,
    agent,
    start_ns as arrival_ns,
    start_ns,
    toNullable(start_ns + took_ns) as end_ns,
    ifNull(http_status, if(is_http and failed, toNullable(toInt16(500)), null)) as status,
    ifNull(http_status, 0) >= 500 or (failed and ifNull(http_status, 0) < 400) as error,
    left_early or ifNull(http_status, 0) = 499 or (http_status is null and is_http and is_unset) as aborted,
    false as unfinished,
    attempt,
    keyed_hash(operation_text) as operation_key,
    toNullable(toFloat64(null)) as retry_after_s,
    speculative,
    trace_id,
    span_id,
    cast(null as Nullable(Int32)) as in_flight,
    {copies} as copy,
    cityHash64(method, path) as twin_key,
    cityHash64(trace_id, service, method, path) as trace_twin_key,
    raw_address is null as is_anonymous,
    true as start_known,
    toInt64(1) as time_precision_ns
from {table}
where
    {which}
    and {asked}
    and {speaks}
