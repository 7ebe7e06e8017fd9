-- changed_file: the rows of these workers, files that are being imported.
create or replace temp table changed_rows as
select kind, start_ns, end_ns from requests where worker in (select unnest($workers::ubigint[]))
union all
select 'job', start_ns, end_ns from spans where parent_span_id is null and worker in (select unnest($workers::ubigint[]));
