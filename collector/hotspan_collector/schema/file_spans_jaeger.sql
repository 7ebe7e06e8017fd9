-- file_spans_jaeger: the spans of Jaeger's JSON (view documents) as raw spans. Binds $worker, $max_value_length.
--
-- A document is {"data": [trace, …]}, as the API answers, or one trace, as the UI saves it. Times are in microseconds,
-- ids have lost their leading zeros, and the service stands beside the spans, under the name of a process.
create or replace temp table file_spans as
with
traces as (
    select unnest(coalesce("data", [{'traceID': traceID, 'spans': spans, 'processes': processes}])) as trace
    from documents
),
spans as (
    select
        trace.traceID as trace_of,
        trace.processes as processes,
        unnest(case when coalesce(len(trace.spans), 0) = 0 then [null] else trace.spans end) as span
    from traces
),
placed as (
    select
        *,
        coalesce(span.process, json_extract(processes, '$."' || replace(span.processID, '"', '') || '"')) as process
    from spans
),
tagged as (
    select
        *,
        from_json(json_extract(process, '$.tags'), '[{"key": "varchar", "value": "varchar"}]') as process_tags,
        list_extract(
            list_filter(span.references, lambda r: coalesce(r.refType, 'CHILD_OF') = 'CHILD_OF'), 1
        ).spanID as child_of,
        list_extract(span.references, 1).spanID as follows_from,
        list_concat(span.logs, []) as logs
    from placed
)
select
    $worker::ubigint as worker,
    json_extract_string(process, '$.serviceName') as service,
    coalesce(
        tag_value(process_tags, 'service.version'), tag_value(process_tags, 'version')
    ) as service_version,
    coalesce(
        tag_value(process_tags, 'service.instance.id'),
        coalesce(tag_value(process_tags, 'host.name'), tag_value(process_tags, 'hostname'))
        || coalesce(':' || tag_value(process_tags, 'process.pid'), '')
    ) as instance,
    hex_id(coalesce(span.traceID, trace_of), 32) as trace_id,
    hex_id(span.spanID, 16) as span_id,
    hex_id(coalesce(child_of, follows_from, span.parentSpanID), 16) as parent_span_id,
    coalesce(span.operationName, '') as name,
    tag_value(span.tags, 'span.kind') as kind,
    whole_ns(span.startTime) * 1_000 as start_ns,
    (whole_ns(span.startTime) + coalesce(try_cast(span.duration as bigint), 0)) * 1_000 as end_ns,
    case
        when tag_value(span.tags, 'error') = 'true' then 'ERROR'
        else tag_value(span.tags, 'otel.status_code')
    end as status,
    list_extract(
        list_filter(
            list_transform(
                logs, lambda l: coalesce(tag_value(l.fields, 'exception.type'), tag_value(l.fields, 'error.kind'))
            ),
            lambda t: t is not null
        ),
        -1
    ) as exception_type,
    coalesce(tag_value(span.tags, 'otel.scope.name'), tag_value(span.tags, 'otel.library.name')) as scope,
    false as captured,
    packed(list_transform(span.tags, lambda t: t.key)) as attribute_keys,
    packed(list_transform(span.tags, lambda t: left(t.value, $max_value_length))) as attribute_values,
    span is null as is_hole
from tagged;
