-- slowest_traces: the traces of the requests and runs that took longest
select distinct trace_id
from chosen
