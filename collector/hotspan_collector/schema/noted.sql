-- noted: what is noted in the store under $key, a whole number; no row: nothing yet.
select value::bigint
from store.meta
where key = $key;
