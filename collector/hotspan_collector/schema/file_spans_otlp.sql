-- file_spans_otlp: the spans of OTLP documents (view documents) as raw spans. Binds $worker, $max_value_length.
--
-- Everybody's spelling is read: camelCase and snake_case, batches (Tempo), trace (Tempo v2), the instrumentation
-- libraries of before 2022. A document without a span leaves one row, a hole, so that it can be counted.
create or replace temp table file_spans as
with
resources as (
    select
        document,
        unnest(case when coalesce(len(resource_spans), 0) = 0 then [null] else resource_spans end) as r
    from (
        select
            document,
            coalesce(
                resourceSpans, resource_spans, batches, trace.resourceSpans, trace.resource_spans, trace.batches
            ) as resource_spans
        from documents
    )
),
scopes as (
    select
        document,
        otlp_attribute(r.resource.attributes, 'service.name') as service,
        otlp_attribute(r.resource.attributes, 'service.version') as service_version,
        coalesce(
            otlp_attribute(r.resource.attributes, 'service.instance.id'),
            otlp_attribute(r.resource.attributes, 'host.name')
            || coalesce(':' || otlp_attribute(r.resource.attributes, 'process.pid'), '')
        ) as instance,
        unnest(
            coalesce(
                r.scopeSpans, r.scope_spans, r.instrumentationLibrarySpans, r.instrumentation_library_spans, [null]
            )
        ) as s
    from resources
),
spans as (
    select
        * exclude (s),
        coalesce(
            s.scope.name, s.instrumentationLibrary.name, s.instrumentation_library.name
        ) as scope,
        unnest(coalesce(s.spans, [null])) as span
    from scopes
)
select
    $worker::ubigint as worker,
    service,
    service_version,
    instance,
    hex_id(coalesce(span.traceId, span.trace_id), 32) as trace_id,
    hex_id(coalesce(span.spanId, span.span_id), 16) as span_id,
    hex_id(coalesce(span.parentSpanId, span.parent_span_id), 16) as parent_span_id,
    span.name as name,
    span.kind as kind,
    whole_ns(coalesce(span.startTimeUnixNano, span.start_time_unix_nano)) as start_ns,
    whole_ns(coalesce(span.endTimeUnixNano, span.end_time_unix_nano)) as end_ns,
    coalesce(span.status.code, 'UNSET') as status,
    case
        when span.events is not null
            then otlp_attribute(
                list_extract(list_filter(span.events, lambda e: e.name = 'exception'), -1).attributes, 'exception.type'
            )
    end as exception_type,
    nullif(scope, '') as scope,
    false as captured,
    packed(list_transform(span.attributes, lambda a: a.key)) as attribute_keys,
    packed(
        list_transform(
            span.attributes,
            lambda a: case
                when starts_with(a.key, 'hotspan.') then otlp_text(a.value)
                else left(otlp_text(a.value), $max_value_length)
            end
        )
    ) as attribute_values,
    document,
    span is null as is_hole
from spans;
