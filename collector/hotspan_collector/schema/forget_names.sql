-- forget_names: names of merged segments whose files are long gone; names of imported files stay.
delete from store.segments
where
    merged_ns < $before_ns
    and regexp_full_match(name, '(requests|spans|losses)-v\d+-[0-9a-f]{16}-\d+-\d+\.parquet')
    and name not in (select unnest($there::varchar[]));
