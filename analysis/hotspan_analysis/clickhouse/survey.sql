-- survey: how many requests there are in the period, and which attributes any of them carries
with
{words}
select
    count() as requests,
    {keys} as keys
from {table}
where
    {period}
    and (
        span_kind(SpanKind) = 'SERVER'
        or (span_kind(SpanKind) = 'UNSPECIFIED' and ParentSpanId in ('', '0000000000000000'))
    )
