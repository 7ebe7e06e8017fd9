-- attribute_keys: which attributes the requests of the period carry; what none has need not be looked for in each
with
{words}
select groupUniqArrayArray(mapKeys(SpanAttributes)) as keys
from {table}
where
    {period}
    and (
        span_kind(SpanKind) = 'SERVER'
        or (span_kind(SpanKind) = 'UNSPECIFIED' and ParentSpanId in ('', '0000000000000000'))
    )
