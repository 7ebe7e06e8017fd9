-- macros_reading: how files write ids, times, numbers and addresses, turned into ours.

-- A value that was written, or null: logs write "-" for nothing.
create or replace temp macro given(text) as nullif(nullif(text, ''), '-');

-- An id as lower-case hex of `digits` digits. Files write hex with leading zeros or without, base64, and free text.
create or replace temp macro hex_id(text, digits) as
    case
        when text is null or text = '' then null
        when length(text) = digits and not regexp_matches(text, '[^0-9a-f]') then nullif(text, repeat('0', digits))
        when regexp_full_match(text, '[0-9a-fA-F]+') and length(text) <= digits
            then nullif(lpad(lower(text), digits, '0'), repeat('0', digits))
        when regexp_full_match(text, case digits when 32 then '[A-Za-z0-9+/]{22}==' else '[A-Za-z0-9+/]{11}=' end)
            then nullif(lower(hex(try(from_base64(text)))), repeat('0', digits))
        else left(md5(text), digits)
    end;

-- Whole nanoseconds out of a number in text, null where it is none; 0 is how OTLP says "not set".
create or replace temp macro whole_ns(text) as
    nullif(coalesce(try_cast(text as bigint), try_cast(try_cast(text as double) as bigint)), 0);

-- The offset from UTC at the end of a time, in nanoseconds; none means UTC.
create or replace temp macro zone_ns(text) as
    case
        when text is null or not regexp_matches(text, ':\d\d(?:[.,]\d+)? ?[+-]\d\d:?\d\d$') then 0
        else
            (case when text[-6:] similar to '.*[-].*' then -1 else 1 end)
            * (regexp_extract(text, '[+-](\d\d):?\d\d$', 1)::bigint * 3600 + right(text, 2)::bigint * 60)
            * 1_000_000_000
    end;

-- The digits after the point of a second.
create or replace temp macro second_fraction(text) as regexp_extract(text, '(?::\d\d|^\d{9,11})[.,](\d{1,9})', 1);

-- Nanoseconds since the epoch of a time as logs write it: 17/May/2015:08:05:32 +0000, ISO 8601, or a Unix time in
-- seconds, milli-, micro- or nanoseconds. Null where it is none.
create or replace temp macro log_time_ns(text) as
    case
        when text is null then null
        when text[3] = '/'
            then epoch_ns(try_strptime(left(text, 20), '%d/%b/%Y:%H:%M:%S'))
                + coalesce(try_cast(rpad(second_fraction(text), 9, '0') as bigint), 0) - zone_ns(text)
        when text[5] = '-' then epoch_ns(try_cast(replace(text, ',', '.') as timestamp_ns)) - zone_ns(text)
        else
            try_cast(
                try_cast(text as decimal(30, 9)) * case
                    when length(split_part(text, '.', 1)) <= 11 then 1_000_000_000
                    when length(split_part(text, '.', 1)) <= 14 then 1_000_000
                    when length(split_part(text, '.', 1)) <= 17 then 1_000
                    else 1
                end as bigint
            )
    end;

-- How exact such a time is: a second, or as many digits as it has.
create or replace temp macro log_precision_ns(text) as
    case
        when text[3] = '/' or text[5] = '-' or length(split_part(text, '.', 1)) <= 11
            then pow(10, 9 - least(length(second_fraction(text)), 9))::bigint
        when length(split_part(text, '.', 1)) <= 14 then 1_000_000
        when length(split_part(text, '.', 1)) <= 17 then 1_000
        else 1
    end;

-- A duration in nanoseconds out of a number, or out of several that add up; null where one is negative (it failed).
create or replace temp macro log_duration_ns(text, unit_ns) as
    case
        when text is null then null
        when try_cast(text as double) >= 0 then try_cast(round(try_cast(text as double) * unit_ns) as bigint)
        when regexp_matches(text, '-') then null
        else try_cast(round(
            list_sum(list_transform(regexp_extract_all(text, '[0-9]+(?:\.[0-9]+)?'), lambda x: x::double)) * unit_ns
        ) as bigint)
    end;

-- An address that no client on the internet can have: behind a proxy it is the proxy's.
create or replace temp macro is_private_address(address) as
    regexp_matches(
        address,
        '(?i)^(10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.'
        || '|::1$|f[cd][0-9a-f]{2}:|fe80:|unix)'
    );

-- The address a log line came from: what the last proxy wrote down where the peer itself is private.
create or replace temp macro client_address(address, forwarded) as
    case
        when forwarded is not null and (address is null or is_private_address(address))
            then bare_address(trim(split_part(forwarded, ',', -1)))
        else bare_address(address)
    end;

-- A path on which requests are held open on purpose: long polls, server-sent events, WebSockets.
create or replace temp macro is_held_open_path(path) as
    regexp_matches(
        path,
        '(?i)(^|/)(socket\.io|engine\.io|sockjs|signalr|cometd|faye|livereload|xhr-polling|xhr_streaming|eventsource'
        || '|long-?poll(ing)?|websocket|ws|sse|eventstream)(/|$)'
    );

-- The first value that was written among those at these places of a list.
create or replace temp macro first_given(found, places) as
    list_extract(list_filter(list_transform(places, lambda place: given(list_extract(found, place))), lambda v: v is not null), 1);

-- The plain JSON list behind OTLP's {"values": [{"stringValue": "a"}, …]}, in either spelling.
create or replace temp macro otlp_list(wrapped) as
    '[' || array_to_string(
        list_transform(
            json_extract(wrapped, '$.values[*]'),
            lambda v: coalesce(
                json_extract(v, '$.stringValue'), json_extract(v, '$.string_value'),
                json_extract_string(v, '$.intValue'), json_extract_string(v, '$.int_value'),
                json_extract(v, '$.doubleValue'), json_extract(v, '$.double_value'),
                json_extract(v, '$.boolValue'), json_extract(v, '$.bool_value'), v
            )::varchar
        ),
        ','
    ) || ']';

-- The text of a value as OTLP JSON wraps it; a list becomes JSON text, bytes are only counted.
create or replace temp macro otlp_text(v) as
    coalesce(
        v.stringValue,
        v.intValue,
        try_cast(v.doubleValue as double)::varchar,
        v.boolValue,
        case when v.arrayValue is not null then otlp_list(v.arrayValue) end,
        v.kvlistValue::varchar,
        '(' || octet_length(try(from_base64(v.bytesValue))) || ' bytes)'
    );

-- The value of one attribute out of OTLP's list of them.
create or replace temp macro otlp_attribute(attributes, name) as
    otlp_text(list_extract(list_filter(attributes, lambda a: a.key = name), 1).value);

-- The value of one of Jaeger's tags.
create or replace temp macro tag_value(tags, name) as
    list_extract(list_filter(tags, lambda t: t.key = name), 1).value;

-- Attributes as a map of texts, out of a map or out of JSON in a text.
create or replace temp macro text_map(attributes) as
    try_cast(try_cast(attributes as json) as map(varchar, varchar));
