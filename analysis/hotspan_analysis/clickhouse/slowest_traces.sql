-- slowest_traces: the traces of the requests and runs that took longest
select distinct trace_id
from (
    select trace_id
    from selected
    where start_ns >= $from_ns
    order by took_ns desc, start_ns, worker, seq
    limit $at_most
) as chosen
