-- rolled_identity: what identity has, out of roll-ups and the rest of the window
-- reads: all_sums
select
    coalesce(sum(requests), 0)::bigint as requests,
    coalesce(sum(by_address), 0)::bigint as by_address,
    coalesce(sum(without_start), 0)::bigint as without_start
from all_sums
where kind <> 'job'
