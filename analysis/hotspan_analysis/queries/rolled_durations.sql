-- rolled_durations: how durations spread in what is rolled up of each endpoint, in stretches of one length
select
    $from_ns::bigint as from_ns,
    endpoint,
    bucket,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors
from rollup_durations
where
    length_ns = $length_ns
    and from_ns >= $from_ns
    and from_ns < $to_ns
group by endpoint, bucket
