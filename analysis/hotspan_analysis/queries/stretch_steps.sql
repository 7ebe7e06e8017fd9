-- stretch_steps: what rolled_steps has, of a stretch that is not rolled up
-- reads: calls, selected
select
    start_ns - start_ns % $width_ns as bucket_ns,
    bucket_of(took_ns) as bucket,
    count(*) as requests,
    count(*) filter (where error) as errors
from selected
where kind = $of_kind
group by all
