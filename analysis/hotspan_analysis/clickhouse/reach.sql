-- reach: the relation `spans` for `bounds`: of each service and version, when the first and the last of it started, and the end
-- What may be a request and what began a trace in one pass, added up where the rows are. `requests` is empty beside it.
with
{words}
select
    coalesce(nullIf(toString(ServiceName), ''), resource('service.name'), 'unknown') as service,
    resource('service.version') as service_version,
    cast(null as Nullable(String)) as parent_span_id,
    arrayJoin([min(toUnixTimestamp64Nano(Timestamp)), max(toUnixTimestamp64Nano(Timestamp))]) as start_ns,
    max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) as end_ns
from {table}
where
    {period}
    and (ParentSpanId in ('', '0000000000000000') or ({asked} and {speaks}))
group by all
having count() > 0
