-- requests_traces: condition: what started in the period, of some traces
{period}
and TraceId in $traces
