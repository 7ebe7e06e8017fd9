-- macros_spans: what a span says, whatever wrote it. Live spans, imports and the receiver all pass through these.
--
-- A regular expression costs about 0.1 ms a statement, before the first row: each stands here once, and seal_spans
-- uses each macro once, on distinct values.

-- Attributes travel as two texts: the names, and the values in the same order, each joined by chr(31) (unit separator).
-- Names repeat from span to span, so what they mean is worked out once for each distinct list of names.
create or replace macro packed(texts) as
    array_to_string(list_transform(texts, lambda t: replace(coalesce(t, ''), chr(31), ' ')), chr(31));

create or replace macro unpacked(text) as
    case when text is null or text = '' then [] else string_split(text, chr(31)) end;

create or replace macro span_kind(kind) as
    case
        when kind in ('SERVER', 'SPAN_KIND_SERVER', 'server', '2') then 'SERVER'
        when kind in ('CLIENT', 'SPAN_KIND_CLIENT', 'client', '3') then 'CLIENT'
        when kind in ('INTERNAL', 'SPAN_KIND_INTERNAL', 'internal', '1') then 'INTERNAL'
        when kind in ('PRODUCER', 'SPAN_KIND_PRODUCER', 'producer', '4') then 'PRODUCER'
        when kind in ('CONSUMER', 'SPAN_KIND_CONSUMER', 'consumer', '5') then 'CONSUMER'
        else 'UNSPECIFIED'
    end;

create or replace macro span_status(status) as
    case
        when status in ('ERROR', 'STATUS_CODE_ERROR', 'error', 'Error', '2') then 'ERROR'
        when status in ('OK', 'STATUS_CODE_OK', 'ok', 'Ok', '1') then 'OK'
        else 'UNSET'
    end;

-- The registered HTTP methods (IANA's list, and PURGE of caches); any other is `_OTHER`, as OpenTelemetry has it: a client
-- must not be able to make up endpoints.
create or replace macro known_method(method) as
    case
        when method in (
            'ACL', 'BASELINE-CONTROL', 'BIND', 'CHECKIN', 'CHECKOUT', 'CONNECT', 'COPY', 'DELETE', 'GET', 'HEAD',
            'LABEL', 'LINK', 'LOCK', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MKREDIRECTREF', 'MKWORKSPACE',
            'MOVE', 'OPTIONS', 'ORDERPATCH', 'PATCH', 'POST', 'PROPFIND', 'PROPPATCH', 'PURGE', 'PUT', 'QUERY',
            'REBIND', 'REPORT', 'SEARCH', 'TRACE', 'UNBIND', 'UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE',
            'UPDATEREDIRECTREF', 'VERSION-CONTROL', 'WEBSOCKET'
        ) then method
        when method is not null then '_OTHER'
    end;

-- The path of a URL or of a request target: no scheme, host, query or fragment, and single slashes.
create or replace macro path_of(url) as
    regexp_replace(
        coalesce(nullif(regexp_extract(url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*)?([^?#]*)', 1), ''), '/'),
        '//+', '/', 'g'
    );

-- Scheme and host of a URL, without the credentials that may stand between them.
create or replace macro origin_of(url) as
    regexp_replace(regexp_extract(url, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*'), '//[^@]*@', '//');

create or replace macro query_of(url) as nullif(split_part(split_part(url, '#', 1), '?', 2), '');

-- One spelling for one address: no port, no brackets, IPv4 not wrapped in IPv6.
create or replace macro bare_address(address) as
    nullif(
        regexp_replace(
            case
                when starts_with(address, '[') then split_part(address[2:], ']', 1)
                when length(address) - length(replace(address, ':', '')) = 1 then split_part(address, ':', 1)
                else address
            end,
            '^(?i:::ffff:)([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)$', '\1'
        ),
        ''
    );

-- The first value of a recorded header, which instrumentations write as a list: ["abc"].
create or replace macro header_value(text) as
    case when starts_with(text, '[') then trim(split_part(text[2:], ',', 1), ' "]') else text end;

create or replace macro status_number(text) as
    case when try_cast(text as integer) between 100 and 599 then try_cast(text as smallint) end;

-- A part of a path without what makes it one of many: numbers, UUIDs, hashes, tokens, dates, addresses.
create or replace macro path_segment(part) as
    case
        when length(part) < 32 and not regexp_matches(part, '[0-9@]') then part
        when regexp_matches(part, '^([{<:$*]|%7[bB])|[{](number|hex)[}]') then part
        when regexp_full_match(part, '[+-]?[0-9]+') then '{number}'
        when regexp_full_match(part, '[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}') then '{uuid}'
        when regexp_full_match(part, '[0-9]{4}-[0-9]{2}(-[0-9]{2})?([T_ ].*|%20.*)?') then '{date}'
        when regexp_full_match(part, '[0-9a-fA-F]{8,}') then '{hex}'
        when regexp_matches(part, '.(@|%40).') then '{email}'
        when length(part) >= 32 then '{token}'
        when regexp_full_match(part, '[A-Z0-9]{8,}|[A-Z0-9]+([-_][A-Z0-9]+)+') then '{token}'
        when regexp_full_match(part, '[\w~%=-]{10,}') and regexp_matches(part, '[a-z].*[A-Z]|[A-Z].*[a-z]|[0-9][a-z]+[0-9]+[a-z]')
            then '{token}'
        when regexp_matches(part, '^[0-9]+-[a-zA-Z]') then '{slug}'
        else
            regexp_replace(
                regexp_replace(part, '([-._])[0-9a-f]*([0-9][a-f]|[a-f][0-9])[0-9a-f]{6,}([-._]|$)', '\1{hex}\3', 'g'),
                '(^|[-_,.])[0-9]+\b', '\1{number}', 'g'
            )
    end;

-- A path as a route: the best there is where no framework says the route.
create or replace macro path_template(path) as
    case
        when length(path) < 32 and not regexp_matches(path, '[0-9@]') then path
        else array_to_string(list_transform(string_split(path, '/'), lambda part: path_segment(part)), '/')
    end;

-- What a framework calls the route, if it is one: a catch-all is none, and Litestar writes "GET /raw/path".
create or replace macro route_of(http_route) as
    case
        when regexp_full_match(http_route, '|[A-Z]+ .*|/?\*+|/?[{<][^/]*path[^/]*[}>]|/?\{\*\w*\}') then null
        when starts_with(http_route, '/') then http_route
        else '/' || http_route
    end;

-- Free text without queries, credentials and what looks like a secret.
create or replace macro without_secrets(text) as
    regexp_replace(
        text,
        '(://)[^/@\s]*@|\?\S*|\b((?i:bearer|basic|digest)\s+)[\w.~+/=:-]{8,}'
        || '|((?i:passw(?:or)?d|pwd|secret|token|api[-_]?key|signature|credential)[\w.-]*["'']?\s*[=:]\s*)["'']?[^\s"''&,;]+',
        '\1\2\3', 'g'
    );

-- Whether an attribute's name says that its value may be kept beside the columns: 'never' where a column tells it
-- already or it may hold what is secret; 'inside' where it belongs to the request if its span is a SERVER span.
create or replace macro attribute_keeping(key) as
    case
        when length(key) not between 1 and 100 or regexp_matches(
            key,
            '(?i)(^|[._-])(headers?|cookies?|metadata|body|payload|param(eter)?s?|arg(ument)?s|command(_line)?|prompts?'
            || '|completions?|messages?|documents?|inputs?|outputs?|variables)([._-]|$)'
            || '|passw|pwd|secret|token|authori|credential|api[-_.]?key|signature|session|e-?mail|phone|iban|card'
            || '|^(enduser|user|client|exception|otel|thread|guid|db\.query|db\.user|db\.statement|db\.connection_string'
            || '|db\.sql|db\.operation|db\.collection|db\.response|error\.type|span\.kind|sql\.query|url\.query'
            || '|net\.peer\.ip|net\.peer\.port|net\.sock|network\.peer|peer\.(address|ipv[46]|port)|user_agent'
            || '|http\.(user_agent|client_ip|url|target)|url\.(full|path))([._:]|$)'
        ) then 'never'
        when regexp_matches(key, '^(http|url|net|network|server|peer|component|request_size|response_size)([._]|$)') then 'inside'
        else 'always'
    end;

-- Databases where \' does not end a string and "…" is one; everywhere else '' is the only way and "…" a name.
create or replace macro has_backslash_escapes(system) as
    coalesce(regexp_matches(system, '(?i:mysql|mariadb|tidb|memsql|singlestore|clickhouse|bigquery|spanner|hive|spark)'), false);

-- Comments may hold quotes and strings may hold comment marks, so both are read in one pass: strings stay, comments go.
create or replace macro without_strings_backslash(statement) as
    regexp_replace(
        regexp_replace(
            statement,
            '(''(?:[^''\\]|''''|\\.)*''|"(?:[^"\\]|""|\\.)*")|--[^\n]*|#[^\n]*|/\*.*?\*/', '\1', 'gs'
        ),
        '\b[nNxXbB]''(?:[^''\\]|''''|\\.)*''|''(?:[^''\\]|''''|\\.)*''|"(?:[^"\\]|""|\\.)*"', '?', 'gs'
    );

-- SQLite takes "…" for a string where no column has the name: after a comparison it is one, unless a dot follows.
create or replace macro without_strings_standard(statement) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                statement,
                '(\b[eE]''(?:[^''\\]|''''|\\.)*''|''(?:[^'']|'''')*''|"(?:[^"]|"")*"|\$[A-Za-z_]*\$.*?\$[A-Za-z_]*\$)'
                || '|--[^\n]*|/\*.*?\*/',
                '\1', 'gs'
            ),
            '\b[eE]''(?:[^''\\]|''''|\\.)*''|\b[nNxXbB]''(?:[^'']|'''')*''|''(?:[^'']|'''')*'''
            || '|\$[A-Za-z_]*\$.*?\$[A-Za-z_]*\$',
            '?', 'gs'
        ),
        '([=<>]\s*|\b(?i:like|then|else)\s+)"(?:[^"]|"")*"(\s*[^.\s"]|\s*$)', '\1?\2', 'g'
    );

-- Numbers, binds and lists become ?; null when a quote is left over, for then nobody knows what is a literal.
create or replace macro readable_statement(statement) as
    case
        when not contains(statement, chr(39)) then trim(left(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                statement,
                                '\b(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\b'
                                || '|%s|%\(\w+\)s|@[pP][0-9]+',
                                '?', 'g'
                            ),
                            '\$\?|([^:\w]):[a-zA-Z_]\w*', '\1?', 'g'
                        ),
                        '\b((?i:in|values))\s*\([^()]*\)(\s*,\s*\([^()]*\))*', '\1 (?)', 'g'
                    ),
                    '\(\s*\?(\s*,\s*\?)*\s*\)', '(?)', 'g'
                ),
                '\s+', ' ', 'g'
            ),
            1000
        ))
    end;

-- A statement without its literals and comments; null where it is not SQL or cannot be read with certainty.
create or replace macro without_literals(statement, system) as
    case
        when not regexp_matches(
            statement,
            '(?is)^(?:[\s(;]|--[^\n]*\n|/\*.*?\*/)*(?:select|insert|update|delete|with|merge|replace|upsert|create|alter'
            || '|drop|truncate|begin|start|commit|rollback|savepoint|release|set|show|explain|describe|pragma|call|exec'
            || '|execute|values|copy|lock|declare|fetch|close|analyze|vacuum|attach|detach|use|grant|revoke|reset|discard'
            || '|listen|notify)\b'
        ) then null
        when regexp_matches(system, '(?i:redis|valkey|memcache|mongo|elastic|opensearch|dynamo|couch|neo4j|influx)') then null
        when system = '' and contains(statement, '\''') then null
        else readable_statement(case
            when has_backslash_escapes(system) then without_strings_backslash(statement)
            else without_strings_standard(statement)
        end)
    end;

-- What a readable statement does: its first word, or the verb after the WITH queries.
create or replace macro statement_operation(statement) as
    upper(regexp_extract(statement, '^[\s(;]*(?:(?i:with)\b.*\)\s*)?([a-zA-Z]+)', 1));

-- The first table a readable statement names.
create or replace macro statement_table(statement) as
    nullif(
        translate(
            regexp_extract(
                statement,
                '\b(?i:from|into|update|join|table|truncate)\s+(?:(?i:only|ignore|if\s+not\s+exists|if\s+exists)\s+)?'
                || '((?:[\w$]+|"[^"]+"|`[^`]+`|\[[^\]]+\])(?:\.(?:[\w$]+|"[^"]+"|`[^`]+`|\[[^\]]+\]))*)',
                1
            ),
            '"`[]', ''
        ),
        ''
    );
