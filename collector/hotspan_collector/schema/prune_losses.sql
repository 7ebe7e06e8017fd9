-- prune_losses: deletes what is said about losses before $before_ns.
delete from store.losses
where last_ns < $before_ns;
