-- rolled_stretches: the longest stretches of the window of which all is rolled up and holds (settled), in order of time
select
    min(from_ns) as from_ns,
    max(to_ns) as to_ns,
    sum(requests)::bigint as requests,
    min(first_ns) as first_ns,
    max(after_ns) as after_ns,
    min(to_ns - from_ns) as shortest_ns,
    max(to_ns - from_ns) as longest_ns
from settled
where
    from_ns >= $from_ns
    and to_ns <= $to_ns
group by number
order by from_ns
