-- shipped_size: how many spans would have to be shipped
with
{words}
select count() as spans
from {table}
where {condition}
