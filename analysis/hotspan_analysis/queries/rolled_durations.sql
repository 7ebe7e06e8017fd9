-- rolled_durations: how durations spread in what is rolled up of a stretch, taken apart as in rolled_sums
select
    endpoint,
    bucket,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors
from (
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 60000000000 and from_ns >= $from_ns and from_ns < $first_ten_ns
    union all
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 600000000000 and from_ns >= $first_ten_ns and from_ns < $first_hour_ns
    union all
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 3600000000000 and from_ns >= $first_hour_ns and from_ns < $first_day_ns
    union all
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 86400000000000 and from_ns >= $first_day_ns and from_ns < $last_day_ns
    union all
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 3600000000000 and from_ns >= $last_day_ns and from_ns < $last_hour_ns
    union all
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 600000000000 and from_ns >= $last_hour_ns and from_ns < $last_ten_ns
    union all
    select endpoint, bucket, requests, errors
    from rollup_durations
    where length_ns = 60000000000 and from_ns >= $last_ten_ns and from_ns < $to_ns
)
group by endpoint, bucket
