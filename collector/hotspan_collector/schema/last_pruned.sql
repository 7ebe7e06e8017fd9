-- last_pruned: when retention was last applied, nanoseconds since the epoch; no row: never.
select value::bigint
from store.meta
where key = 'pruned_ns';
