-- export_otlp: requests and spans as OTLP JSON, one document with one span a line.
--
-- Other programs read the usual attributes; hotspan.request and hotspan.span hold our rows as they are, for importing
-- them again. A request and the span it stands for are one span here. What has no trace of its own gets ids made up.
copy (
    with
    request_rows as (
        select
            request,
            request.trace_id as trace_id,
            request.span_id as span_id,
            row_number() over (
                partition by request.trace_id, request.span_id order by request.worker, request.seq
            ) as rank
        from (select * exclude (duration_ns) from requests) as request
    ),
    span_rows as (
        select
            span,
            span.trace_id as trace_id,
            span.span_id as span_id,
            row_number() over (partition by span.trace_id, span.span_id order by span.worker, span.seq) as rank
        from (select * exclude (duration_ns) from spans) as span
    ),
    pairs as (
        select request, span
        from request_rows
        full join span_rows using (trace_id, span_id, rank)
    ),
    described as (
        select
            coalesce(span.service, request.service) as service,
            coalesce(span.service_version, request.service_version) as service_version,
            coalesce(span.instance, request.instance) as instance,
            coalesce(span.trace_id, request.trace_id, md5(request.worker || ':' || request.seq)) as trace_id,
            coalesce(span.span_id, request.span_id, left(md5(request.seq || ':' || request.worker), 16)) as span_id,
            coalesce(span.parent_span_id, '') as parent_span_id,
            coalesce(span.name, request.method || ' ' || request.route) as name,
            coalesce(span.kind, 'SERVER') as kind,
            coalesce(span.start_ns, request.start_ns) as start_ns,
            coalesce(span.end_ns, request.end_ns, 0) as end_ns,
            coalesce(span.status, case when request.error then 'ERROR' else 'UNSET' end) as status,
            coalesce(span.scope, 'hotspan') as scope,
            list_filter(
                list_concat(
                    list_transform(map_entries(span.attributes), lambda e: otlp_pair(e.key, e.value)),
                    [
                        otlp_pair('http.request.method', request.method),
                        otlp_pair('http.route', request.route),
                        otlp_pair('http.response.status_code', request.status),
                        otlp_pair('user_agent.original', request.agent),
                        otlp_pair('db.query.text', span.statement),
                        otlp_pair('db.collection.name', span.db_table),
                        otlp_pair('db.operation.name', span.db_operation),
                        otlp_pair('error.type', span.error_type),
                        otlp_pair('hotspan.request', to_json(request)::varchar),
                        otlp_pair('hotspan.span', to_json(span)::varchar)
                    ]
                ),
                lambda pair: pair is not null
            ) as attributes
        from pairs
    )
    select
        [{
            'resource': {
                'attributes': list_filter(
                    [
                        otlp_pair('service.name', service),
                        otlp_pair('service.version', service_version),
                        otlp_pair('service.instance.id', instance)
                    ],
                    lambda pair: pair is not null
                )
            },
            'scopeSpans': [{
                'scope': {'name': scope},
                'spans': [{
                    'traceId': trace_id,
                    'spanId': span_id,
                    'parentSpanId': parent_span_id,
                    'name': name,
                    'kind': case kind
                        when 'INTERNAL' then 1
                        when 'SERVER' then 2
                        when 'CLIENT' then 3
                        when 'PRODUCER' then 4
                        when 'CONSUMER' then 5
                        else 0
                    end,
                    'startTimeUnixNano': start_ns::varchar,
                    'endTimeUnixNano': end_ns::varchar,
                    'attributes': attributes,
                    'status': {'code': case status when 'OK' then 1 when 'ERROR' then 2 else 0 end}
                }]
            }]
        }] as "resourceSpans"
    from described
) to $target (format json, compression $compression);
