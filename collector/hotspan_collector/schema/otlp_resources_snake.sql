-- otlp_resources_snake: the same out of documents in snake_case, as protobuf's MessageToDict writes them in Python.
create or replace temp macro camel_attributes(attributes) as
    list_transform(
        attributes,
        lambda a: {
            'key': a.key,
            'value': {
                'stringValue': a.value.string_value,
                'intValue': a.value.int_value,
                'doubleValue': a.value.double_value,
                'boolValue': a.value.bool_value,
                'arrayValue': a.value.array_value,
                'kvlistValue': a.value.kvlist_value,
                'bytesValue': a.value.bytes_value
            }
        }
    );

create or replace temp macro camel_scopes(scopes) as
    list_transform(
        scopes,
        lambda s: {
            'scope': s.scope,
            'instrumentationLibrary': s.instrumentationLibrary,
            'spans': list_transform(
                s.spans,
                lambda p: {
                    'traceId': p.trace_id,
                    'spanId': p.span_id,
                    'parentSpanId': p.parent_span_id,
                    'name': p.name,
                    'kind': p.kind,
                    'startTimeUnixNano': p.start_time_unix_nano,
                    'endTimeUnixNano': p.end_time_unix_nano,
                    'attributes': camel_attributes(p.attributes),
                    'status': p.status,
                    'events': list_transform(
                        p.events, lambda e: {'name': e.name, 'attributes': camel_attributes(e.attributes)}
                    )
                }
            )
        }
    );

create or replace temp view otlp_resources as
select
    document,
    case
        when found is not null then {
            'resource': {'attributes': camel_attributes(found.resource.attributes)},
            'scopeSpans': camel_scopes(found.scope_spans),
            'instrumentationLibrarySpans': null
        }
    end as r
from (
    select
        document,
        unnest(case when coalesce(len(resource_spans), 0) = 0 then [null] else resource_spans end) as found
    from (select document, coalesce(resource_spans, trace.resource_spans) as resource_spans from documents)
);
