-- spans_jobs: condition: the spans of the period that may be jobs: those that began a trace, and neither answer nor ask
upper(SpanKind) not in (
    'SERVER', 'SPAN_KIND_SERVER', 'CLIENT', 'SPAN_KIND_CLIENT', 'PRODUCER', 'SPAN_KIND_PRODUCER'
)
and {period}
and ParentSpanId in ('', '0000000000000000')
