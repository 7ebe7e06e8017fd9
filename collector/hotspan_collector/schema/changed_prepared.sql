-- changed_prepared: the rows of the attached database `prepared` that are about to be added to a store.
create or replace temp table changed_rows as
select kind, start_ns, end_ns from prepared.requests
union all
select 'job', start_ns, end_ns from prepared.spans where parent_span_id is null;
