-- traced: how many spans each of the traces of `chosen` has
select trace_id, count(*) as spans
from spans
where trace_id in (select trace_id from chosen where trace_id is not null)
group by trace_id
