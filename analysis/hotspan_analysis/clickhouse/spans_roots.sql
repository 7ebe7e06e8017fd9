-- spans_roots: condition: the spans of the period that began a trace, among which the jobs are
{period}
and ParentSpanId in ('', '0000000000000000')
