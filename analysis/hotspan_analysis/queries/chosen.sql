-- chosen: the selected requests and runs that took longest
select *
from selected
where start_ns >= $from_ns and took_ns >= $shortest_ns and took_ns < $longest_ns
order by took_ns desc, start_ns, worker, seq
limit $at_most
