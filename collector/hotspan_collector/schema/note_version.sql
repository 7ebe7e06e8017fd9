-- note_version: the tables are of $version, unless a newer one has been at them.
insert into meta values ('schema_version', $version)
on conflict (key) do update set value = excluded.value
where coalesce(try_cast(meta.value as integer), 0) < excluded.value::integer;
