-- own_rows_found: whether a file holds rows that hotspan exported, and whether they are taken out of it already.
select
    exists (from file_spans where contains(attribute_keys, 'hotspan.')) as in_spans,
    coalesce(getvariable('own_rows'), false) as taken_out;
