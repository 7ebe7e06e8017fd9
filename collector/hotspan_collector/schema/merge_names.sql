-- merge_names: these segments are in. Written in the transaction that writes their rows.
insert into store.segments
select unnest($names::varchar[]), unnest($rows::bigint[]), $now_ns;
