-- words: what the mappings share, each as collector/hotspan_collector/schema has it for DuckDB. Both use RE2.
-- The keyed hash costs a microsecond: of few different texts each is hashed once. The quick one is for telling apart only.
-- ClickHouse puts what a word is given wherever the word names it, and plans every copy: so a word that names it several
-- times binds it first, as the only element of a list.
(key) -> nullIf(SpanAttributes[key], '') as told,
(key) -> nullIf(ResourceAttributes[key], '') as resource,
(written) -> multiIf(
    upper(written) in ('SERVER', 'SPAN_KIND_SERVER'), 'SERVER',
    upper(written) in ('CLIENT', 'SPAN_KIND_CLIENT'), 'CLIENT',
    upper(written) in ('INTERNAL', 'SPAN_KIND_INTERNAL'), 'INTERNAL',
    upper(written) in ('PRODUCER', 'SPAN_KIND_PRODUCER'), 'PRODUCER',
    upper(written) in ('CONSUMER', 'SPAN_KIND_CONSUMER'), 'CONSUMER',
    'UNSPECIFIED'
) as span_kind,
(given) -> arrayMap(verb -> if(
    verb is null or verb in (
        'ACL', 'BASELINE-CONTROL', 'BIND', 'CHECKIN', 'CHECKOUT', 'CONNECT', 'COPY', 'DELETE', 'GET', 'HEAD',
        'LABEL', 'LINK', 'LOCK', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MKREDIRECTREF', 'MKWORKSPACE',
        'MOVE', 'OPTIONS', 'ORDERPATCH', 'PATCH', 'POST', 'PROPFIND', 'PROPPATCH', 'PURGE', 'PUT', 'QUERY',
        'REBIND', 'REPORT', 'SEARCH', 'TRACE', 'UNBIND', 'UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE',
        'UPDATEREDIRECTREF', 'VERSION-CONTROL', 'WEBSOCKET'
    ),
    verb,
    '_OTHER'
), [given])[1] as known_method,
(written) -> multiIf(
    upper(written) in ('ERROR', 'STATUS_CODE_ERROR'), 'ERROR',
    upper(written) in ('OK', 'STATUS_CODE_OK'), 'OK',
    'UNSET'
) as span_status,
(given) -> arrayMap(
    said -> if(startsWith(said, '['), trim(both ' "]' from splitByChar(',', substring(assumeNotNull(said), 2))[1]), said),
    [given]
)[1] as header_value,
(url) -> replaceRegexpAll(
    ifNull(nullIf(regexpExtract(url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*)?([^?#]*)', 1), ''), '/'), '//+', '/'
) as path_of,
(url) -> nullIf(splitByChar('?', splitByChar('#', ifNull(url, ''))[1])[2], '') as query_of,
(given) -> nullIf(replaceRegexpOne(
    arrayMap(address -> multiIf(
        startsWith(address, '['), splitByChar(']', substring(address, 2))[1],
        length(address) - length(replaceAll(address, ':', '')) = 1, splitByChar(':', address)[1],
        address
    ), [given])[1],
    '^(?i:::ffff:)([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+)$', '\\1'
), '') as bare_address,
(part) -> multiIf(
    length(part) < 32 and not match(part, '[0-9@]'), part,
    match(part, '^([{<:$*]|%7[bB])|[{](number|hex)[}]'), part,
    match(part, '^[+-]?[0-9]+$'), '{number}',
    match(part, '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$'), '{uuid}',
    match(part, '^[0-9]{4}-[0-9]{2}(-[0-9]{2})?([T_ ].*|%20.*)?$'), '{date}',
    match(part, '^[0-9a-fA-F]{8,}$'), '{hex}',
    match(part, '.(@|%40).'), '{email}',
    lengthUTF8(part) >= 32, '{token}',
    match(part, '^([A-Z0-9]{8,}|[A-Z0-9]+([-_][A-Z0-9]+)+)$'), '{token}',
    match(part, '^[\\w~%=-]{10,}$') and match(part, '[a-z].*[A-Z]|[A-Z].*[a-z]|[0-9][a-z]+[0-9]+[a-z]'), '{token}',
    match(part, '^[0-9]+-[a-zA-Z]'), '{slug}',
    replaceRegexpAll(
        replaceRegexpAll(part, '([-._])[0-9a-f]*([0-9][a-f]|[a-f][0-9])[0-9a-f]{6,}([-._]|$)', '\\1{hex}\\3'),
        '(^|[-_,.])[0-9]+\\b', '\\1{number}'
    )
) as path_segment,
(whole) -> arrayStringConcat(arrayMap(part -> path_segment(part), splitByChar('/', whole)), '/') as path_template,
(given) -> arrayMap(written -> multiIf(
    written is null or match(written, '^(|[A-Z]+ .*|/?\\*+|/?[{<][^/]*path[^/]*[}>]|/?\\{\\*\\w*\\})$'), null,
    startsWith(written, '/'), written,
    concat('/', written)
), [given])[1] as route_of,
(text) -> arrayMap(number -> if(number between 100 and 599, toInt16(number), null), [toInt32OrNull(text)])[1] as http_status_of,
(prose) -> replaceRegexpAll(
    prose,
    concat(
        '(://)[^/@\\s]*@|\\?\\S*|\\b((?i:bearer|basic|digest)\\s+)[\\w.~+/=:-]{8,}',
        '|((?i:passw(?:or)?d|pwd|secret|token|api[-_]?key|signature|credential)[\\w.-]*["\']?\\s*[=:]\\s*)["\']?[^\\s"\'&,;]+'
    ),
    '\\1\\2\\3'
) as without_secrets,
(parameter) -> match(
    parameter,
    concat(
        '^((_|cb|nocache|cachebust|cache_buster|_dc|nd|doing_wp_cron|nonce)=.*',
        '|[^=]*=[0-9]{10,13}(\\.[0-9]+)?',
        '|[^=]*=[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$'
    )
) as is_cache_buster,
(asked) -> arrayStringConcat(
    arraySort(arrayFilter(parameter -> not is_cache_buster(parameter), splitByChar('&', ifNull(asked, '')))), '&'
) as significant_query,
(hashed) -> reinterpretAsUInt64(reverse(substring(
    SHA256(concat(unhex($outer_block), SHA256(concat(unhex($inner_block), assumeNotNull(hashed))))), 1, 8
))) as keyed_hash_of,
(given) -> arrayMap(
    hashed -> if(hashed is null, null, toNullable(keyed_hash_of(toLowCardinality(ifNull(hashed, ''))))), [given]
)[1] as keyed_hash,
(given) -> arrayMap(hashed -> if(hashed is null, null, toNullable(cityHash64(assumeNotNull(hashed)))), [given])[1] as quick_hash
