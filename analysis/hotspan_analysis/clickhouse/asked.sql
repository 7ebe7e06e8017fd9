-- asked: condition: what may be a request: SERVER spans, and roots that do not say what they are
-- The kind alone comes first, for it is a small column: the others are then read only where it says so.
(
    upper(SpanKind) not in (
        'CLIENT', 'SPAN_KIND_CLIENT', 'INTERNAL', 'SPAN_KIND_INTERNAL', 'PRODUCER', 'SPAN_KIND_PRODUCER', 'CONSUMER',
        'SPAN_KIND_CONSUMER'
    )
    and (upper(SpanKind) in ('SERVER', 'SPAN_KIND_SERVER') or ParentSpanId in ('', '0000000000000000'))
)
