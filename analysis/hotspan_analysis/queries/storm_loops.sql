-- storm_loops: clients that ask for the same thing again as soon as they have it, many times in a row
-- An answer, and the same request within $loop_gap_ns, $loop_length times in a row, nothing overlapping. Where a log has
-- whole seconds: as many requests in consecutive seconds, two a second and more. Redirects: $redirect_length, for browsers
-- give up after 20, and two pages may take turns. Unchanged answers (304) are set aside.
with seen as (
    select rows_seen.*
    from storm_rows as rows_seen
    inner join (select distinct client, target from storm_cells where is_dense) as dense
        on rows_seen.client = dense.client and rows_seen.target = dense.target
    where rows_seen.target <> 0 and rows_seen.status <> 304
),

stepped as (
    select
        *,
        coalesce(lag(sent_ns) over in_order, 0) as sent_before_ns,
        coalesce(lag(done_ns) over in_order, 0) as done_before_ns
    from seen
    window in_order as (
        partition by service, method, route, client, target order by sent_ns, done_ns, worker, seq
    )
),

marked as (
    select
        *,
        case
            when sent_before_ns = 0 or sent_ns + precision_ns < done_before_ns then 1
            when sent_ns - done_before_ns <= $loop_gap_ns then 0
            when precision_ns > 1 and sent_ns - sent_before_ns <= precision_ns then 0
            else 1
        end as breaks
    from stepped
),

numbered as (
    select
        *,
        sum(breaks) over (
            partition by service, method, route, client, target
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and current row
        ) as run
    from marked
),

runs as (
    select
        service,
        method,
        route,
        client,
        target,
        run,
        max(client_tier) as client_tier,
        count(*) as requests,
        min(sent_ns) as first_ns,
        max(done_ns) as last_ns,
        max(precision_ns) as precision_ns,
        max(status) as status,
        min(status) as lowest_status
    from numbered
    group by service, method, route, client, target, run
)

select
    service,
    method,
    route,
    client,
    max(client_tier) as client_tier,
    count(*) as runs,
    sum(requests) as requests,
    max(requests) as longest,
    min(first_ns) as start_ns,
    max(last_ns) as end_ns,
    sum(last_ns - first_ns) / sum(requests - 1) / 1e9 as period_s,
    max(status) as status
from runs
where
    requests >= case when lowest_status >= 300 and status < 400 then $redirect_length else $loop_length end
    and (precision_ns = 1 or requests >= 2 * (last_ns - first_ns + precision_ns) / 1e9)
group by service, method, route, client
order by requests desc, service, route, client
