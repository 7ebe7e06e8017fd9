-- span_contents: what spans say, but for their ids and times: scrubbed, and with what a request row needs.
--
-- Spans of one process say the same again and again, so live data brings each content once (span_contents.py). Reads
-- the relation `raw_contents`; see raw_spans.sql for how a file's spans come in this shape:
--
--   content bigint            names the content
--   name varchar              of the span; null is ''
--   scope varchar             the instrumentation library; may be null
--   kind varchar              SERVER | SPAN_KIND_SERVER | server | 2 (OTLP's number) | null: any spelling
--   is_root boolean           no parent; asked only where the kind is missing
--   status varchar            ERROR | STATUS_CODE_ERROR | error | 2, UNSET | 0, ...; null where the format has no status
--   exception_type varchar    exception.type of the last exception event; messages and stack traces are never read
--   captured boolean          the process counts its requests itself, so its SERVER spans become no requests
--   attribute_keys varchar    packed(names): as recorded, not scrubbed; '' or null for none
--   attribute_values varchar  packed(values): texts in the order of the names; a list is JSON text: ["a","b"]
--
-- Binds $inner_block, $outer_block and $salt, the store's secret. Raw values never leave memory.
--
-- Where `request_kind` is not null the span is a request's: requests_from_spans.sql makes the row.
with
-- Which attribute means what; the first of a role that a span has counts.
roles (role, keys) as (
    values
    ('method', ['http.request.method', 'http.method']),
    ('method_original', ['http.request.method_original']),
    ('status', ['http.response.status_code', 'http.status_code']),
    ('route', ['http.route']),
    ('path', ['url.path', 'http.target', 'http.path', 'url.full', 'http.url']),
    ('url', ['url.full', 'http.url']),
    ('query', ['url.query']),
    ('query_of', ['url.full', 'http.url', 'http.target']),
    ('scheme', ['url.scheme', 'http.scheme']),
    ('address', [
        'client.address', 'http.client_ip', 'net.sock.peer.addr', 'network.peer.address', 'net.peer.ip', 'peer.address',
        'peer.ipv4', 'peer.ipv6'
    ]),
    ('agent', ['user_agent.original', 'http.user_agent', 'user_agent']),
    ('session', ['user.id', 'enduser.id', 'session.id']),
    ('credential', ['http.request.header.authorization', 'http.request.header.x_api_key', 'http.request.header.api_key']),
    ('device', ['http.request.header.x_client_id', 'http.request.header.x_device_id']),
    ('attempt', ['http.request.header.x_envoy_attempt_count']),
    ('retry', [
        'http.request.header.x_stainless_retry_count', 'http.request.header.retry_attempt', 'http.request.resend_count',
        'http.resend_count'
    ]),
    ('operation_key', [
        'http.request.header.idempotency_key', 'http.request.header.x_idempotency_key',
        'http.request.header.amz_sdk_invocation_id'
    ]),
    ('purpose', ['http.request.header.sec_purpose', 'http.request.header.purpose']),
    ('content_type', ['http.response.header.content_type', 'http.request.header.accept']),
    ('version', ['network.protocol.version', 'http.flavor', 'http.protocol']),
    ('bytes', ['http.response.body.size', 'http.response_content_length', 'response_size']),
    ('response_flags', ['response_flags']),
    ('rpc_system', ['rpc.system.name', 'rpc.system']),
    ('rpc_service', ['rpc.service']),
    ('rpc_method', ['rpc.method']),
    ('db_system', ['db.system.name', 'db.system', 'db.type']),
    ('db_summary', ['db.query.summary']),
    ('db_text', ['db.query.text', 'db.statement', 'sql.query']),
    ('db_operation', ['db.operation.name', 'db.operation']),
    ('db_table', ['db.collection.name', 'db.sql.table', 'db.mongodb.collection', 'db.cassandra.table']),
    ('db_rows', ['db.response.returned_rows', 'db.rows_affected', 'db.row_count', 'db.rows']),
    ('messaging', ['messaging.system']),
    ('error_type', ['error.type', 'exception.type'])
),
known as (
    select role, unnest(keys) as key, generate_subscripts(keys, 1) as choice from roles
),
-- Each distinct list of names: where what stands. Newer instrumentations keep the hyphens of header names.
listed as (
    select distinct coalesce(attribute_keys, '') as attribute_keys from raw_contents
),
placed as (
    select attribute_keys, unnest(keys) as key, generate_subscripts(keys, 1) as place
    from (select attribute_keys, unpacked(attribute_keys) as keys from listed)
),
meant as (
    select attribute_keys, json_group_object(role || '_at', place) as places
    from (
        select p.attribute_keys, n.role, arg_min(p.place, n.choice) as place
        from placed as p
        inner join known as n on n.key = case when starts_with(p.key, 'http.re') then replace(p.key, '-', '_') else p.key end
        group by p.attribute_keys, n.role
    )
    group by attribute_keys
),
kept as (
    select
        attribute_keys,
        list(place order by place) filter (where keeping = 'always') as server_places,
        list(key order by place) filter (where keeping = 'always') as server_keys,
        list(place order by place) as places,
        list(key order by place) as keys
    from (select attribute_keys, key, min(place) as place, attribute_keeping(key) as keeping from placed group by all)
    where keeping <> 'never'
    group by attribute_keys
),
shapes as materialized (
    select
        l.attribute_keys,
        coalesce(k.server_places, []) as server_places,
        coalesce(k.server_keys, []) as server_keys,
        coalesce(k.places, []) as places,
        coalesce(k.keys, []) as keys,
        unnest(from_json(coalesce(m.places, '{}'), '{"method_at": "integer", "method_original_at": "integer", "status_at": "integer", "route_at": "integer", "path_at": "integer", "url_at": "integer", "query_at": "integer", "query_of_at": "integer", "scheme_at": "integer", "address_at": "integer", "agent_at": "integer", "session_at": "integer", "credential_at": "integer", "device_at": "integer", "attempt_at": "integer", "retry_at": "integer", "operation_key_at": "integer", "purpose_at": "integer", "content_type_at": "integer", "version_at": "integer", "bytes_at": "integer", "response_flags_at": "integer", "rpc_system_at": "integer", "rpc_service_at": "integer", "rpc_method_at": "integer", "db_system_at": "integer", "db_summary_at": "integer", "db_text_at": "integer", "db_operation_at": "integer", "db_table_at": "integer", "db_rows_at": "integer", "messaging_at": "integer", "error_type_at": "integer"}'))
    from listed as l
    left join kept as k using (attribute_keys)
    left join meant as m using (attribute_keys)
),
spread as materialized (
    select
        r.content,
        coalesce(r.name, '') as name,
        coalesce(r.scope, '') as scope,
        span_kind(r.kind) as kind,
        r.is_root,
        span_status(r.status) as status,
        r.status is not null as has_status,
        nullif(r.exception_type, '') as exception_type,
        r.captured,
        string_split(coalesce(r.attribute_values, ''), chr(31)) as texts,
        s.* exclude (attribute_keys)
    from raw_contents as r
    inner join shapes as s on s.attribute_keys = coalesce(r.attribute_keys, '')
),
-- SERVER spans of HTTP and RPC; some writers leave the kind out, and then a root that speaks HTTP is one.
asked as materialized (
    select
        content,
        coalesce(
            known_method(
                coalesce(
                    nullif(upper(texts[method_at]), '_OTHER'), upper(texts[method_original_at]), texts[method_at]
                )
            ),
            case
                when texts[scheme_at] in ('ws', 'wss') then 'WEBSOCKET'
                when path_at is not null or http_name <> '' then coalesce(nullif(upper(split_part(http_name, ' ', 1)), ''), 'HTTP')
                else coalesce(upper(texts[rpc_system_at]), 'RPC')
            end
        ) as method,
        status_number(texts[status_at]) as http_status,
        route_of(texts[route_at]) as http_route,
        '/' || ltrim(path_of(case
            when path_at is not null then texts[path_at]
            when http_name <> '' then split_part(http_name, ' ', 2)
            else coalesce(texts[rpc_service_at] || '/' || texts[rpc_method_at], texts[rpc_method_at], name)
        end), '/') as path,
        coalesce(texts[query_at], query_of(texts[query_of_at])) as query,
        bare_address(texts[address_at]) as raw_address,
        nullif(left(texts[agent_at], 500), '') as agent,
        nullif(texts[session_at], '') as session,
        nullif(header_value(texts[credential_at]), '') as credential,
        nullif(header_value(texts[device_at]), '') as device,
        coalesce(
            try_cast(header_value(texts[attempt_at]) as integer), try_cast(header_value(texts[retry_at]) as integer) + 1
        ) as attempt,
        nullif(header_value(texts[operation_key_at]), '') as raw_operation_key,
        coalesce(contains(texts[purpose_at], 'pre'), false) as speculative,
        replace(texts[version_at], 'HTTP/', '') as http_version,
        try_cast(texts[bytes_at] as bigint) as response_bytes,
        coalesce(texts[scheme_at] in ('ws', 'wss'), false)
        or coalesce(contains(texts[content_type_at], 'event-stream'), false)
        or coalesce(texts[status_at] = '101', false)
        or coalesce(regexp_matches(query, '\btransport=(websocket|polling)\b'), false)
        or coalesce(regexp_matches(texts[rpc_method_at], '(Stream|Watch|Subscribe)\w*$'), false) as is_held_open,
        coalesce(contains(texts[response_flags_at], 'DC'), false) as left_early,
        method_at is not null as is_http
    from (
        -- Where attributes say nothing, a name like "GET /items" or Zipkin's "get" does.
        select *, regexp_extract(name, '^(?i:get|head|post|put|patch|delete|options)( /\S*|$)') as http_name
        from spread
        where not captured and (kind = 'SERVER' or (kind = 'UNSPECIFIED' and is_root))
    )
    where
        method_at is not null
        or path_at is not null
        or rpc_method_at is not null
        or rpc_system_at is not null
        or contains(http_name, '/')
),
identified as materialized (
    select
        *,
        coalesce(session, credential, device, raw_address || coalesce(' ' || agent, '')) as raw_client,
        case
            when session is not null then 'session'
            when credential is not null then 'credential'
            when device is not null then 'device'
            when raw_address is null then 'unknown'
            -- An agent earns its tier where it tells clients apart; identical browsers at one address are one client.
            when min(agent) over (partition by raw_address) < max(agent) over (partition by raw_address)
                then 'address_agent'
            else 'address'
        end as client_tier
    from asked
),
hashes as materialized (
    select text, keyed_hash($inner_block::blob, $outer_block::blob, text) as hash
    from (
        select raw_address as text from identified
        union
        select raw_client from identified
        union
        select raw_operation_key from identified
    )
    where text is not null
),
-- What is made a template: names, paths without a route, and the URLs that other than SERVER spans call.
templates as materialized (
    select
        what,
        text,
        scope,
        head || path_template(body) as template,
        regexp_extract(scope || ' ' || body, '(?i:jinja|mako|template|\brender|\bcache\b)') as hint
    from (
        select
            what,
            text,
            scope,
            case when what = 'url' then origin_of(text) else '' end as head,
            case what when 'url' then path_of(text) when 'name' then left(without_secrets(text), 200) else text end as body
        from (
            select distinct 'name' as what, name as text, scope from spread
            union all
            select distinct 'path', path, '' from identified where http_route is null
            union all
            select distinct 'url', texts[url_at], '' from spread where url_at is not null and kind <> 'SERVER'
        )
    )
),
statements as materialized (
    select
        text,
        system,
        readable,
        statement_operation(readable) as operation,
        statement_table(readable) as first_table
    from (
        select text, system, without_literals(text, system) as readable
        from (
            select distinct texts[db_text_at] as text, coalesce(texts[db_system_at], '') as system
            from spread
            where db_text_at is not null
        )
    )
)
select
    d.content,
    n.template as name,
    nullif(d.scope, '') as scope,
    d.kind,
    d.status,
    left(coalesce(nullif(d.texts[d.error_type_at], ''), case when d.status = 'ERROR' then d.exception_type end), 200)
        as error_type,
    case
        when d.kind = 'SERVER' then 'server'
        when regexp_matches(d.texts[d.db_system_at], '(?i:redis|memcache|valkey|dragonfly|hazelcast)') then 'cache'
        when d.db_system_at is not null or d.db_text_at is not null or d.db_summary_at is not null then 'database'
        when d.messaging_at is not null or d.kind in ('PRODUCER', 'CONSUMER') then 'messaging'
        when d.kind = 'CLIENT' then 'external'
        when n.hint = '' then 'internal'
        when lower(n.hint) = 'cache' then 'cache'
        else 'template'
    end as category,
    coalesce(left(d.texts[d.db_summary_at], 500), s.readable) as statement,
    left(coalesce(d.texts[d.db_table_at], s.first_table), 200) as db_table,
    -- The instrumentation of SQLAlchemy names the database behind the operation, which may be the path of a file.
    left(upper(regexp_extract(coalesce(d.texts[d.db_operation_at], s.operation), '^(?i:batch )?\S+')), 50) as db_operation,
    try_cast(d.texts[d.db_rows_at] as bigint) as db_rows,
    (d.captured and d.kind = 'SERVER') or i.content is not null as is_request,
    map(
        case
            when d.kind = 'SERVER' then d.server_keys
            when u.text is null then d.keys
            else list_append(d.keys, 'url.full')
        end,
        list_transform(
            list_select(d.texts, case when d.kind = 'SERVER' then d.server_places else d.places end),
            lambda v: case
                when length(v) < 500
                    and not regexp_matches(v, '[?@]|(?i:pass|pwd|secret|token|api.?key|signature|credential|bearer|basic)')
                    then v
                else left(without_secrets(v), 500)
            end
        ) || case when u.text is null then [] else [u.template] end
    ) as attributes,
    case when i.is_held_open then 'held_open' when i.content is not null then 'web' end as request_kind,
    i.method,
    case when i.http_route is not null then i.http_route when i.http_status = 404 then '(unmatched)' else p.template end
        as route,
    target_fingerprint($salt, i.method, i.path, i.query) as target,
    md5_number_lower($salt || i.method || ' ' || i.path) as twin_key,
    c.hash as client,
    i.client_tier,
    a.hash as address,
    i.agent,
    coalesce(i.http_status, case when i.is_http and d.status = 'ERROR' then 500::smallint end) as http_status,
    coalesce(i.http_status >= 500, false) or (d.status = 'ERROR' and coalesce(i.http_status, 0) < 400) as error,
    i.left_early
    or coalesce(i.http_status = 499, false)
    or (i.http_status is null and i.is_http and d.has_status and d.status = 'UNSET') as aborted,
    i.attempt,
    o.hash as operation_key,
    i.speculative,
    i.http_version,
    i.response_bytes
from spread as d
inner join templates as n on n.what = 'name' and n.text = d.name and n.scope = d.scope
left join identified as i on i.content = d.content
left join hashes as c on c.text = i.raw_client
left join hashes as a on a.text = i.raw_address
left join hashes as o on o.text = i.raw_operation_key
left join templates as p on p.what = 'path' and p.text = i.path
left join templates as u on u.what = 'url' and u.text = d.texts[d.url_at] and d.kind <> 'SERVER'
left join statements as s on s.text = d.texts[d.db_text_at] and s.system = coalesce(d.texts[d.db_system_at], '')
