-- lanes: each call that was open for some time of the window, when, and whether an earlier one for the same was open
-- reads: calls
-- Duplicates are judged as duplicates.sql judges them. They are looked for since an hour before the window: a request
-- counts as given up after an hour, so nothing older can make a duplicate of one that arrives later than that.
with recent as (
    select
        *,
        least(greatest(ended_ns, start_ns), arrival_ns + 3600000000000) as open_until_ns,
        kind = 'web'
        and method <> 'OPTIONS'
        and not speculative
        and client is not null
        and target is not null as can_repeat
    from calls
    where start_ns < $to_ns and ended_ns > $since_ns
),
judged as (
    select
        *,
        max(open_until_ns) over (
            partition by service, method, route, client, target, can_repeat
            order by arrival_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ) as earlier_until_ns
    from recent
)
select
    service,
    kind,
    case when kind = 'job' then route else method || ' ' || route end as endpoint,
    client,
    client_tier,
    arrival_ns,
    start_ns,
    ended_ns as end_ns,
    nullif(answered, 0) as status,
    error,
    aborted,
    still_open,
    unfinished,
    coalesce(can_repeat and earlier_until_ns > arrival_ns, false) as duplicate,
    trace_id
from judged
where
    ended_ns > $from_ns
    and took_ns > 0
    and ($version is null or service_version = $version)
    and ($status_from is null or (answered >= $status_from and answered < $status_to))
order by arrival_ns, worker, seq
