-- inside: the spans that ran inside each selected request or job, with the request or job they belong to
-- reads: calls, selected
-- A span belongs to the request or job that it hangs below. Going down ends at spans that begin work of their own:
-- requests with a row of their own, and consumers of messages. Spans of another service are taken along, as a call to
-- it, but what hangs below them is theirs. A SERVER span without a row of its own is the same request once more.
-- A span whose parent was never recorded belongs to the work of its service that was running when it began, to the
-- latest if there are several. Of several spans with one id the first counts, so nothing is counted twice.
-- `counted` is false for a call that merely repeats the one around it, as when a driver and a toolkit both record it, or
-- when the called service's span hangs below the caller's.
with roots as (
    select
        row_number() over () as root,
        trace_id,
        span_id,
        service,
        min(start_ns) as root_start_ns,
        max(ended_ns) as root_end_ns
    from selected
    where
        start_ns >= $from_ns
        and trace_id is not null
        and span_id is not null
    group by trace_id, span_id, service
),
owned as (
    select trace_id, span_id
    from requests
    where
        trace_id is not null
        and span_id is not null
),
found as materialized (
    select
        trace_id,
        span_id,
        coalesce(parent_span_id, '') as parent_id,
        service,
        case
            when kind = 'SERVER' or is_request then 'self'
            when category in ('internal', 'server') then 'internal'
            else category
        end as category,
        coalesce(statement, name) as what,
        coalesce(db_table, '') as db_table,
        coalesce(db_operation, '') as db_operation,
        db_rows,
        start_ns,
        greatest(end_ns, start_ns) as ended_ns,
        parent_span_id is null
        or kind = 'CONSUMER'
        or (is_request and (trace_id, span_id) in (select trace_id, span_id from owned)) as begins_work
    from spans
    where trace_id in (select trace_id from roots)
    qualify row_number() over (partition by trace_id, service, span_id order by start_ns, worker, seq) = 1
),
works as (
    select trace_id, service, span_id, start_ns, ended_ns
    from found
    where begins_work
    union
    select trace_id, service, span_id, root_start_ns, root_end_ns
    from roots
),
lost as (
    select trace_id, service, span_id, start_ns
    from found
    where
        not begins_work
        and (trace_id, parent_id) not in (select trace_id, span_id from found)
        and (trace_id, parent_id) not in (select trace_id, span_id from roots)
),
adopted as (
    select
        lost.trace_id as trace_id,
        lost.service as service,
        lost.span_id as span_id,
        works.span_id as adopted_by
    from lost
    inner join works on lost.trace_id = works.trace_id and lost.service = works.service
    where
        works.start_ns <= lost.start_ns
        and lost.start_ns < works.ended_ns
    qualify
        row_number() over (
            partition by lost.trace_id, lost.service, lost.span_id order by works.start_ns desc, works.span_id
        ) = 1
),
linked as materialized (
    select
        found.*,
        case when adopted.span_id is null or adopted.span_id = '' then found.parent_id else adopted.adopted_by end
            as below_id
    from found
    left join adopted
        on
            found.trace_id = adopted.trace_id
            and found.service = adopted.service
            and found.span_id = adopted.span_id
    where not begins_work
),
reached as (
    with recursive deeper as (
        select
            root,
            trace_id,
            span_id,
            service,
            root_start_ns,
            root_end_ns,
            root_start_ns as start_ns,
            root_end_ns as ended_ns,
            true as goes_on,
            'self' as category,
            '' as what,
            '' as db_table,
            '' as db_operation,
            cast(0 as bigint) as db_rows,
            false as counted
        from roots
        where (trace_id, service) in (select trace_id, service from found)
        union all
        select
            above.root,
            above.trace_id,
            child.span_id,
            above.service,
            above.root_start_ns,
            above.root_end_ns,
            child.start_ns,
            child.ended_ns,
            child.service = above.service,
            case when child.service = above.service then child.category else 'external' end,
            child.what,
            child.db_table,
            child.db_operation,
            child.db_rows,
            case
                when child.service <> above.service then above.category <> 'external'
                else child.category <> 'self' and (child.category <> above.category or child.what <> above.what)
            end
        from deeper as above
        inner join linked as child on above.trace_id = child.trace_id and above.span_id = child.below_id
        where above.goes_on
    )
    select * from deeper
)
select
    root,
    root_start_ns,
    root_end_ns,
    start_ns,
    ended_ns,
    category,
    what,
    db_table,
    db_operation,
    db_rows,
    counted
from reached
