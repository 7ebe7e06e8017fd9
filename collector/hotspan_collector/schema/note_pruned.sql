-- note_pruned: retention was applied now.
insert or replace into store.meta values ('pruned_ns', $now_ns);
