-- no_losses: the relation `losses`: of what a Collector dropped, its tables say nothing
select '' as service, '' as what, 0 as rows, 0 as first_ns, 0 as last_ns
from numbers(0)
