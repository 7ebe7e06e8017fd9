-- prune_cutoff: about $share of all rows started before this. An estimate (t-digest) will do, and needs no memory.
select approx_quantile(start_ns, $share::float)
from (
    select start_ns from store.requests
    union all
    select start_ns from store.spans
);
