-- sampled: how many spans the one stands for that stands for most
select max(SampleRate) as most
from {table}
where {period}
