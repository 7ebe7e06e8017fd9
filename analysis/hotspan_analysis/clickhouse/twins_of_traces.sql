-- twins_of_traces: whether two SERVER spans of one trace may tell of one request, so that their ancestry has to be looked at
select count() - uniqExact(trace_twin_key) as twice
from requests
where copy = 0
