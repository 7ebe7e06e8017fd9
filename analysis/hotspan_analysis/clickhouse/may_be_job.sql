-- may_be_job: condition: what began a trace, and neither answers nor asks
(
    upper(SpanKind) not in (
        'SERVER', 'SPAN_KIND_SERVER', 'CLIENT', 'SPAN_KIND_CLIENT', 'PRODUCER', 'SPAN_KIND_PRODUCER'
    )
    and ParentSpanId in ('', '0000000000000000')
)
