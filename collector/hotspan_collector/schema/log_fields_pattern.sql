-- log_fields_pattern: what a regular expression finds in each line. Binds $pattern and the names of its groups, which
-- are all of log_formats.FIELDS.
create or replace temp table log_fields as
select
    line_number,
    given(found.time) as "time",
    given(found.start_time) as "start_time",
    given(found.request) as "request",
    given(found.method) as "method",
    given(found.target) as "target",
    given(found.query) as "query",
    given(found.protocol) as "protocol",
    given(found.status) as "status",
    given(found.bytes) as "bytes",
    given(found.agent) as "agent",
    given(found.address) as "address",
    given(found.forwarded) as "forwarded",
    given(found.user) as "user",
    given(found.duration_s) as "duration_s",
    given(found.duration_ms) as "duration_ms",
    given(found.duration_us) as "duration_us",
    given(found.duration_ns) as "duration_ns",
    given(found.flags) as "flags",
    given(found.service) as "service",
    case when found."time" = '' then line end as unread
from (select line_number, line, regexp_extract(line, $pattern, $groups) as found from log_lines);
