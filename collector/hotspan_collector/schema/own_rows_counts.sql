-- own_rows_counts: how many exported rows there are, and of which workers.
select count(*) as rows, coalesce(list(distinct worker), []) as workers
from (
    select worker from own_requests
    union all
    select worker from own_spans
    union all
    select worker from own_losses
);
