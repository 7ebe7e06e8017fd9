-- storm_bins: stretches of $bin_ns in which a process was busy, and its requests were alone in it when they started
select
    worker,
    start_ns - start_ns % $bin_ns as bin_ns
from requests
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and kind = 'web'
    and ($service is null or service = $service)
group by worker, start_ns - start_ns % $bin_ns
having
    sum(least(coalesce(end_ns, $now_ns) - start_ns, $bin_ns)) between 0.4 * $bin_ns and 2 * $bin_ns
    and avg(coalesce(in_flight, 1)) <= $one_at_a_time
