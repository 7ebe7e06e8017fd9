-- writers: which requests and jobs made the writes that ran in a stretch of time
-- reads: writes
-- Goes up from each write, within its service, to the request, message or job that it is part of. Only spans that were
-- running in the stretch are looked at: what is around a write was running when the write was. A write with nothing
-- recorded around it has an empty maker; where a parent on the way up was lost, the highest span that was not counts.
with made as (
    select
        row_number() over () as write,
        service,
        coalesce(statement, name) as name,
        coalesce(db_table, '') as db_table,
        operation as db_operation,
        trace_id,
        span_id,
        parent_span_id
    from writes
    where
        start_ns < $to_ns
        and (start_ns >= $from_ns or end_ns > $from_ns)
),
around_them as materialized (
    select trace_id, span_id, parent_span_id, service, name, kind
    from spans
    where
        start_ns < $to_ns
        and end_ns >= $from_ns
        and trace_id in (select trace_id from made)
),
climbed as (
    with recursive higher as (
        select
            write,
            service,
            trace_id,
            span_id,
            coalesce(parent_span_id, '') as parent_id,
            '' as top,
            'INTERNAL' as kind,
            0 as height
        from made
        union all
        select
            below.write,
            below.service,
            below.trace_id,
            above.span_id,
            coalesce(above.parent_span_id, ''),
            above.name,
            above.kind,
            below.height + 1
        from higher as below
        inner join around_them as above
            on
                below.trace_id = above.trace_id
                and below.parent_id = above.span_id
                and below.service = above.service
        where
            below.kind not in ('SERVER', 'CONSUMER')
            and below.height < 100
    )
    select * from higher
    qualify row_number() over (partition by write order by height desc) = 1
)
select
    made.service as service,
    made.name as name,
    made.db_table as db_table,
    made.db_operation as db_operation,
    coalesce(nullif(requests.method || ' ' || requests.route, ' '), top) as maker,
    count(*) as writes
from made
inner join climbed on made.write = climbed.write
left join requests on climbed.trace_id = requests.trace_id and climbed.span_id = requests.span_id
group by made.service, made.name, made.db_table, made.db_operation, maker
order by writes desc, maker
