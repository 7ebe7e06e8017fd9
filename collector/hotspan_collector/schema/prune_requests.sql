-- prune_requests: deletes the requests that started before $before_ns.
delete from store.requests
where start_ns < $before_ns;
