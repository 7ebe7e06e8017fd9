-- cargo_trace: condition: every span of the traces whose id begins with the digits asked for
TraceId between $first and $last
or TraceId between upper($first) and upper($last)
