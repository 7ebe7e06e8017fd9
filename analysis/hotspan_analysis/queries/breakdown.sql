-- breakdown: where the time of the requests went, each moment given to one part
-- Reads `inside`, kept before. Spans are cut to their request. At each moment the part is the first of database, cache,
-- external, template, other of which a span is open; with none open it is the request's own time. So spans that run in
-- parallel never add up to more than their request, and the parts of a request add up to it to the nanosecond.
with pieces as (
    select
        root,
        case when category in ('database', 'cache', 'external', 'template') then category else 'other' end as part,
        counted,
        greatest(start_ns, root_start_ns) as from_ns,
        least(ended_ns, root_end_ns) as until_ns
    from inside
    where category <> 'self'
),
edges as (
    select root, part, from_ns as at_ns, 1 as step
    from pieces
    where from_ns < until_ns
    union all
    select root, part, until_ns, -1
    from pieces
    where from_ns < until_ns
),
steps as (
    select
        root,
        lead(at_ns) over (partition by root order by at_ns) - at_ns as lasted_ns,
        sum(case when part = 'database' then step else 0 end) over so_far as in_database,
        sum(case when part = 'cache' then step else 0 end) over so_far as in_cache,
        sum(case when part = 'external' then step else 0 end) over so_far as in_external,
        sum(case when part = 'template' then step else 0 end) over so_far as in_template,
        sum(step) over so_far as in_any
    from edges
    window so_far as (partition by root order by at_ns range between unbounded preceding and current row)
),
busy as (
    select
        case
            when in_database > 0 then 'database'
            when in_cache > 0 then 'cache'
            when in_external > 0 then 'external'
            when in_template > 0 then 'template'
            else 'other'
        end as part,
        sum(lasted_ns) as time_ns
    from steps
    where in_any > 0
    group by part
),
counts as (
    select part, count(*) filter (where counted) as calls, count(distinct root) as requests_with
    from pieces
    group by part
)
select
    counts.part as part,
    calls,
    requests_with,
    coalesce(time_ns, 0) as time_ns
from counts
left join busy on counts.part = busy.part
union all
select 'all', 0, count(*), coalesce(sum(root_end_ns - root_start_ns), 0)
from (select distinct root, root_start_ns, root_end_ns from inside) as roots
