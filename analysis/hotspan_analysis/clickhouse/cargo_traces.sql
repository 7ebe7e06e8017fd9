-- cargo_traces: condition: every span of the traces of the selected requests and runs
{period}
and lower(TraceId) global in (
    {traces}
)
