-- requests_traces: condition: what started in the period, of some traces
{period}
and lower(TraceId) in $traces
