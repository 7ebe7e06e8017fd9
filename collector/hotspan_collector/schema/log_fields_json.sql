-- log_fields_json: what the keys of a format have in each line of JSON. Binds all keys as $keys (JSON pointers) and,
-- for each field, the places of its own keys among them, by rank. A container's runtime may stand before the object.
create or replace temp table log_fields as
select
    line_number,
    first_given(found, $time) as "time",
    first_given(found, $start_time) as "start_time",
    first_given(found, $request) as "request",
    first_given(found, $method) as "method",
    first_given(found, $target) as "target",
    first_given(found, $query) as "query",
    first_given(found, $protocol) as "protocol",
    first_given(found, $status) as "status",
    first_given(found, $bytes) as "bytes",
    first_given(found, $agent) as "agent",
    first_given(found, $address) as "address",
    first_given(found, $forwarded) as "forwarded",
    first_given(found, $user) as "user",
    first_given(found, $duration_s) as "duration_s",
    first_given(found, $duration_ms) as "duration_ms",
    first_given(found, $duration_us) as "duration_us",
    first_given(found, $duration_ns) as "duration_ns",
    first_given(found, $flags) as "flags",
    first_given(found, $service) as "service",
    case
        when first_given(found, $time) is null
            or coalesce(first_given(found, $request), first_given(found, $target)) is null then line
    end as unread
from (
    select line_number, line, case when json_valid(object) then json_extract_string(object, $keys) end as found
    from (select line_number, line, substr(line, instr(line, '{')) as object from log_lines));
