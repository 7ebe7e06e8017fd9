-- rolled_steps: how durations of one kind spread in what is rolled up, in stretches of one length, per bucket of $width_ns
select
    from_ns - from_ns % $width_ns as bucket_ns,
    bucket,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors
from rollup_durations
where
    length_ns = $length_ns
    and from_ns >= $from_ns
    and from_ns < $to_ns
    and endpoint in (select endpoint from rolled_course where kind = $of_kind)
group by bucket_ns, bucket
