-- shipped: spans as the importer of Parquet files takes them, for what the server cannot work out itself
with
{words}
select
    Timestamp,
    TraceId,
    SpanId,
    ParentSpanId,
    toString(SpanName) as SpanName,
    toString(SpanKind) as SpanKind,
    toString(ServiceName) as ServiceName,
    {resource} as ResourceAttributes,
    ScopeName,
    {attributes} as SpanAttributes,
    Duration,
    toString(StatusCode) as StatusCode
from {table}
where {condition}
order by Timestamp, SpanId
