-- import_totals: what rows of these workers ($workers) tell, and what they do not: for the summary of an import.
with
rows_in as (
    select service, start_ns, coalesce(end_ns, start_ns) as end_ns, true as is_request, client is null as no_client, not start_known as no_duration
    from requests
    where worker in (select unnest($workers::ubigint[]))
    union all
    select service, start_ns, end_ns, false, false, false
    from spans
    where worker in (select unnest($workers::ubigint[]))
)
select
    count(*) filter (is_request) as requests,
    count(*) filter (not is_request) as spans,
    min(start_ns) as first_ns,
    max(end_ns) as last_ns,
    coalesce(list(distinct service order by service), []) as services,
    count(*) filter (no_client) as no_client,
    count(*) filter (no_duration) as no_duration
from rows_in;
