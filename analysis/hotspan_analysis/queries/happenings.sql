-- happenings: requests by endpoint, jobs, and database writes by statement, in one shape
select
    'request' as sort,
    service,
    method || ' ' || route as name,
    '' as db_table,
    '' as db_operation,
    start_ns,
    coalesce(end_ns, $now_ns) as ended_ns,
    error as failed,
    cast(0 as bigint) as db_rows,
    false as has_rows
from requests
where $service is null or service = $service
union all
select
    'job',
    service,
    name,
    '',
    '',
    start_ns,
    end_ns,
    status = 'ERROR',
    0,
    false
from spans
where
    parent_span_id is null
    and not is_request
    and kind in ('INTERNAL', 'CONSUMER', 'UNSPECIFIED')
    and ($service is null or service = $service)
union all
select
    'write',
    service,
    coalesce(statement, name),
    coalesce(db_table, ''),
    operation,
    start_ns,
    end_ns,
    status = 'ERROR',
    coalesce(db_rows, 0),
    db_rows is not null
from writes
