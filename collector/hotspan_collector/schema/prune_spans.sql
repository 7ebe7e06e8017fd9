-- prune_spans: deletes the spans that started before $before_ns.
delete from store.spans
where start_ns < $before_ns;
