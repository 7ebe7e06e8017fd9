-- speaks: condition: of what may be a request, that which speaks HTTP or RPC
(
    coalesce(
        told('http.request.method'), told('http.method'), told('url.path'), told('http.target'), told('http.path'),
        told('url.full'), told('http.url'), told('rpc.method'), told('rpc.system.name'), told('rpc.system')
    ) is not null
    or match(SpanName, '^(?i:get|head|post|put|patch|delete|options) /')
)
