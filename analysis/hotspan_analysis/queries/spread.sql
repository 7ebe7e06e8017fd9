-- spread: percentiles of each endpoint and how many it contents, out of the histograms of what is rolled up and of the rest
-- A percentile lies between its neighbours as quantile_cont has it; each of them is the duration that stands for a bucket.
select
    endpoint,
    [
        between_buckets(low_50, high_50, 0.5::double * (of_all - 1)),
        between_buckets(low_95, high_95, 0.95::double * (of_all - 1)),
        between_buckets(low_99, high_99, 0.99::double * (of_all - 1))
    ] as percentiles_ns,
    satisfied,
    up_to_tolerated - satisfied as tolerating
from (
    select
        endpoint,
        max(up_to) as of_all,
        min(bucket) filter (where up_to > floor(0.5::double * (of_all - 1))) as low_50,
        min(bucket) filter (where up_to > ceil(0.5::double * (of_all - 1))) as high_50,
        min(bucket) filter (where up_to > floor(0.95::double * (of_all - 1))) as low_95,
        min(bucket) filter (where up_to > ceil(0.95::double * (of_all - 1))) as high_95,
        min(bucket) filter (where up_to > floor(0.99::double * (of_all - 1))) as low_99,
        min(bucket) filter (where up_to > ceil(0.99::double * (of_all - 1))) as high_99,
        coalesce(sum(requests - errors) filter (where bucket <= bucket_of($satisfied_ns)), 0) as satisfied,
        coalesce(sum(requests - errors) filter (where bucket <= bucket_of($tolerated_ns)), 0) as up_to_tolerated
    from (
        select
            endpoint,
            bucket,
            sum(requests)::bigint as requests,
            sum(errors)::bigint as errors,
            sum(sum(requests)::bigint) over (partition by endpoint order by bucket)::bigint as up_to,
            sum(sum(requests)::bigint) over (partition by endpoint)::bigint as of_all
        from rolled_durations
        group by endpoint, bucket
    )
    group by endpoint
)
