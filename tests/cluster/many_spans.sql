-- many_spans: a node's half of many spans of an hour, made on the server itself; see tests/otel_traces.py
insert into $table
    (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName,
     SpanAttributes, Duration, StatusCode)
with
    intDiv(number, 4) as request,
    number % 4 = 0 as is_request,
    request % 25 < 2 as is_storm,
    sipHash64(request, 1) as dice,
    $epoch_ns + request * intDiv(3600000000000, intDiv($spans, 4)) + dice % 1000000 as start_ns,
    if(is_storm, 5000000000, 1000000 + dice % 300000000) as took_ns,
    concat('/items/', toString(dice % 200)) as path
select
    fromUnixTimestamp64Nano(toInt64(start_ns + (number % 4) * intDiv(took_ns, 8))),
    lower(leftPad(hex(sipHash64(request, 2)), 32, '0')),
    lower(leftPad(hex(sipHash64(request, number % 4)), 16, '0')),
    if(is_request, '', lower(leftPad(hex(sipHash64(request, 0)), 16, '0'))),
    if(is_request, if(is_storm, 'POST /save', concat('GET /items/{id}/', toString(dice % 50))), 'SELECT'),
    if(is_request, 'Server', 'Client'),
    if(dice % 3 = 0, 'shop', 'billing'),
    map('service.name', if(dice % 3 = 0, 'shop', 'billing'), 'service.version', '1.0'),
    'scope',
    if(
        is_request,
        map(
            'http.request.method', if(is_storm, 'POST', 'GET'),
            'http.route', if(is_storm, '/save', concat('/items/{id}/', toString(dice % 50))),
            'url.path', if(is_storm, '/save', path),
            'http.response.status_code', if(dice % 97 = 0, '500', '200'),
            'client.address', '10.0.0.1',
            'session.id', if(is_storm, concat('storm ', toString(request % 10)), toString(dice % 5000))
        ),
        map('db.system', 'postgresql', 'db.statement', concat('select * from items where id = ', toString(dice % 200)))
    ),
    if(is_request, took_ns, intDiv(took_ns, 8)),
    if(is_request and dice % 97 = 0, 'Error', 'Unset')
from numbers($spans)
where request % 2 = $node
