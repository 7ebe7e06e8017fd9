-- file_spans_clickhouse: the rows of a Parquet file with the columns of the Collector's ClickHouse exporter as raw
-- spans. Reads the view parquet_rows. Binds $worker, $max_value_length. Attributes are maps, or JSON in a text.
create or replace temp table file_spans as
select
    $worker::ubigint as worker,
    coalesce(nullif(ServiceName, ''), text_map(ResourceAttributes)['service.name']) as service,
    text_map(ResourceAttributes)['service.version'] as service_version,
    coalesce(
        text_map(ResourceAttributes)['service.instance.id'],
        text_map(ResourceAttributes)['host.name']
        || coalesce(':' || text_map(ResourceAttributes)['process.pid'], '')
    ) as instance,
    hex_id(TraceId, 32) as trace_id,
    hex_id(SpanId, 16) as span_id,
    hex_id(ParentSpanId, 16) as parent_span_id,
    coalesce(SpanName, '') as name,
    upper(SpanKind) as kind,
    epoch_ns("Timestamp") as start_ns,
    epoch_ns("Timestamp") + try_cast(Duration as bigint) as end_ns,
    coalesce(StatusCode, 'UNSET') as status,
    cast(null as varchar) as exception_type,
    nullif(ScopeName, '') as scope,
    false as captured,
    packed(map_keys(text_map(SpanAttributes))) as attribute_keys,
    packed(list_transform(map_values(text_map(SpanAttributes)), lambda v: left(v, $max_value_length))) as attribute_values
from parquet_rows;
