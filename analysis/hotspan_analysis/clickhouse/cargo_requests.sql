-- cargo_requests: condition: SERVER spans that started in the period, and roots that do not say what they are
{period}
and (
    span_kind(SpanKind) = 'SERVER'
    or (span_kind(SpanKind) = 'UNSPECIFIED' and ParentSpanId in ('', '0000000000000000'))
)
