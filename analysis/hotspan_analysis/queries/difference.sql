-- difference: how often each value of each property occurs among the calls of a box, and among the rest of the window
-- reads: calls, selected
-- A property of a call is one value (its client), or several (the statements and calls that it made, each once).
with judged as (
    select
        *,
        start_ns >= $box_from_ns
        and start_ns < $box_to_ns
        and took_ns >= $shortest_ns
        and took_ns < $longest_ns as inside
    from selected
    where start_ns >= $from_ns
),
sizes as (
    select
        count(*) filter (where inside) as all_inside,
        count(*) filter (where not inside) as all_outside
    from judged
),
made as (
    select distinct
        judged.worker as worker,
        judged.seq as seq,
        judged.inside as inside,
        coalesce(spans.statement, spans.name) as what
    from judged
    inner join spans on judged.trace_id = spans.trace_id and judged.service = spans.service
    where spans.category in ('database', 'external', 'cache', 'messaging')
),
valued as (
    select 'client' as property, inside, client, '' as said
    from judged
    where kind <> 'job'
    union all
    select 'status', inside, null, case when still_open then 'open' else cast(answered as varchar) end
    from judged
    where kind <> 'job'
    union all
    select 'endpoint', inside, null, case when kind = 'job' then route else method || ' ' || route end
    from judged
    union all
    select 'left early', inside, null, case when aborted then 'yes' else 'no' end
    from judged
    where kind <> 'job'
    union all
    select 'user agent', inside, null, coalesce(agent, '')
    from judged
    where kind <> 'job'
    union all
    select 'version', inside, null, coalesce(service_version, '')
    from judged
    union all
    select 'call', inside, null, what
    from made
),
counted as (
    select
        property,
        client,
        said,
        count(*) filter (where inside) as inside,
        count(*) filter (where not inside) as outside
    from valued
    group by property, client, said
),
shared as (
    select
        property,
        client,
        said,
        inside,
        outside,
        coalesce(inside / nullif(all_inside, 0), 0.0) as share_inside,
        coalesce(outside / nullif(all_outside, 0), 0.0) as share_outside,
        count(*) over (partition by property) as different
    from counted
    cross join sizes
)
select
    property,
    client,
    said,
    inside,
    outside,
    share_inside,
    share_outside,
    share_inside - share_outside as difference,
    different
from shared
where different > 1 or share_inside <> share_outside
qualify row_number() over (
    partition by property order by abs(share_inside - share_outside) desc, inside desc, client, said
) <= $at_most
order by abs(difference) desc, inside desc, property, client, said
