-- merge_losses: what processes dropped, into the store.
insert into store.losses by name
from segment_losses;
