-- traced: how many spans each of the traces of `chosen` has: here `spans` holds no others
select trace_id, count(*) as spans
from spans
group by trace_id
