-- seal_spans: rows of `spans` out of raw spans and what they say, and what the rows of their requests need.
--
-- Reads the relation `contents` (span_contents.sql) and the relation `raw_spans`:
--
--   worker ubigint            the process (or file) the span came from; (worker, seq) is unique
--   seq bigint
--   service varchar           service.name of the resource; null becomes 'unknown'
--   service_version varchar   may be null
--   instance varchar          host:pid or service.instance.id; may be null
--   trace_id varchar          32 hex digits, lower case, leading zeros kept
--   span_id varchar           16 hex digits, the same
--   parent_span_id varchar    the same; null, '' or zeros for a root
--   start_ns bigint           nanoseconds since the epoch, UTC
--   end_ns bigint             null: not known, taken as start_ns
--   content bigint            what it says
select
    r.worker,
    r.seq,
    coalesce(r.service, 'unknown') as service,
    r.service_version,
    r.instance,
    r.trace_id,
    r.span_id,
    nullif(nullif(r.parent_span_id, ''), '0000000000000000') as parent_span_id,
    r.start_ns,
    coalesce(r.end_ns, r.start_ns) as end_ns,
    c.* exclude (content)
from raw_spans as r
inner join contents as c using (content)
