-- selected_traces: the traces of the selected requests and runs
select trace_id
from selected
where start_ns >= $from_ns
