-- lost_segments: segments whose rows will never come, as a temporary table; one reason each.
create or replace temp table lost_segments as
select
    unnest($names::varchar[]) as name,
    unnest($workers::ubigint[]) as worker,
    '(unknown)' as service,
    unnest($reasons::varchar[]) as reason,
    unnest($tables::varchar[]) as what,
    unnest($rows::bigint[]) as rows,
    unnest($sealed_ns::bigint[]) as first_ns,
    unnest($sealed_ns::bigint[]) as last_ns,
    $now_ns::bigint as now_ns;
