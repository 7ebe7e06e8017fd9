-- retold_requests: the requests, moved with their traces; the name of the machine is nobody's business.
create or replace temp table retold_requests as
select
    requests.* replace (
        'exam:' || split_part(requests.instance, ':', -1) as instance,
        requests.arrival_ns + trace_moves.by_ns as arrival_ns,
        requests.start_ns + trace_moves.by_ns as start_ns,
        requests.end_ns + trace_moves.by_ns as end_ns
    )
from requests
inner join trace_moves on trace_moves.worker = requests.worker and trace_moves.trace = coalesce(requests.trace_id, requests.seq::varchar)
order by start_ns, seq;
