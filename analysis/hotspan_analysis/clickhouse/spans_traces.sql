-- spans_traces: condition: every span of some traces, which lie within a day around the period
Timestamp >= fromUnixTimestamp64Nano($read_from_ns) - interval 1 day
and Timestamp < fromUnixTimestamp64Nano($read_to_ns) + interval 1 day
and TraceId in $traces
