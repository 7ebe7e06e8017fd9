-- file_spans_otlp: the spans of OTLP documents (view otlp_resources) as raw spans. Binds $worker, $max_value_length.
--
-- A document without a span leaves one row, a hole, so that it can be counted. Before 2022 scopes were called
-- instrumentation libraries.
create or replace temp table file_spans as
with
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
        unnest(coalesce(r.scopeSpans, r.instrumentationLibrarySpans, [null])) as s
    from otlp_resources
),
spans as (
    select
        * exclude (s),
        coalesce(s.scope.name, s.instrumentationLibrary.name) as scope,
        unnest(coalesce(s.spans, [null])) as span
    from scopes
)
select
    $worker::ubigint as worker,
    service,
    service_version,
    instance,
    hex_id(span.traceId, 32) as trace_id,
    hex_id(span.spanId, 16) as span_id,
    hex_id(span.parentSpanId, 16) as parent_span_id,
    span.name as name,
    span.kind as kind,
    whole_ns(span.startTimeUnixNano) as start_ns,
    whole_ns(span.endTimeUnixNano) as end_ns,
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
