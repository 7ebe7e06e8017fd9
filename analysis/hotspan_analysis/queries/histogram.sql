-- histogram: how many calls started in each bucket and lasted how long, in ten steps for each power of ten
-- reads: calls, selected
-- The tiny addend keeps exact powers of ten in the step they open, whatever the logarithm rounds to.
select
    start_ns - start_ns % $width_ns as bucket_ns,
    cast(floor(10 * log10(greatest(took_ns, 1)) + 1e-9) as integer) as step,
    count(*) as requests,
    count(*) filter (where error) as errors
from selected
where start_ns >= $from_ns
group by 1, 2
order by 1, 2
