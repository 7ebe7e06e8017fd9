-- trace_moves: by how many nanoseconds each trace moves, so that it begins when it does on the story's clock.
create or replace temp table trace_moves as
with
beginnings as (
    select worker, coalesce(trace_id, seq::varchar) as trace, start_ns from requests
    union all
    select worker, trace_id as trace, start_ns from spans
)
select
    worker,
    trace,
    $story_start_ns::bigint + round((min(start_ns) - $started_ns::bigint) * $pace::double)::bigint - min(start_ns) as by_ns
from beginnings
group by worker, trace;
