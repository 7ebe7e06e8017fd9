-- rolled_identity: what identity has, out of what was brought together of the window
select
    coalesce(sum(requests), 0)::bigint as requests,
    coalesce(sum(by_address), 0)::bigint as by_address,
    coalesce(sum(without_start), 0)::bigint as without_start
from rolled_sums
where
    from_ns >= $from_ns
    and kind <> 'job'
