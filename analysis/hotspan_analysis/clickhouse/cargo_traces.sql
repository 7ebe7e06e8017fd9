-- cargo_traces: condition: every span of the traces of the selected requests and runs
{period}
and lower(TraceId) global in (
    {selected}
    select trace_id
    from selected
    where start_ns >= $from_ns
)
