-- storm_attempts: every request of the lanes in question, and what its client was waiting for when it was sent
-- `busy_until_ns` is the latest end of the earlier requests for the same target, as a running maximum: no interval is
-- joined to another. A clock of whole seconds proves an overlap only beyond its own precision. Left out are answers in
-- part (206): a player that fetches ranges asks for one target in parallel and means it.
with seen as (
    select
        lanes.lane as lane,
        coalesce(requests.target, 0) as target,
        requests.worker as worker,
        requests.seq as seq,
        requests.arrival_ns as sent_ns,
        greatest(coalesce(requests.end_ns, $now_ns), requests.arrival_ns) as done_ns,
        requests.end_ns is null as is_open,
        coalesce(requests.status, 0) as status,
        requests.aborted or coalesce(requests.status, 0) = 499 as left_early,
        coalesce(requests.attempt, 0) as announced,
        coalesce(requests.operation_key, 0) as operation_key,
        coalesce(requests.retry_after_s, 0) as retry_after_s,
        requests.start_known as start_known,
        requests.time_precision_ns as precision_ns,
        case
            when requests.end_ns is null then 'open'
            when requests.aborted or coalesce(requests.status, 0) in (0, 408, 425, 429) or requests.status >= 499 then 'failed'
            when requests.status in (401, 403, 404, 409, 410, 423) then 'refused'
            else 'answered'
        end as outcome
    from requests
    inner join storm_lanes as lanes
        on
            requests.service = lanes.service
            and requests.client = lanes.client
            and requests.method = lanes.method
            and requests.route = lanes.route
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and not requests.speculative
        and coalesce(requests.status, 0) <> 206
),

beside as (
    select
        *,
        coalesce(max(done_ns) over earlier, 0) as busy_until_ns,
        coalesce(lag(sent_ns) over in_order, 0) as previous_sent_ns,
        coalesce(lag(outcome) over in_order, '') as previous_outcome,
        coalesce(lag(left_early) over in_order, false) as previous_left_early,
        coalesce(lag(status) over in_order, 0) as previous_status,
        coalesce(lag(operation_key) over in_order, 0) as previous_key
    from seen
    window
        in_order as (partition by lane, target order by sent_ns, done_ns, worker, seq),
        earlier as (
            partition by lane, target
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        )
)

select
    *,
    busy_until_ns > sent_ns + precision_ns as while_waiting,
    announced > 1
    or (operation_key <> 0 and operation_key = previous_key and previous_outcome in ('failed', 'refused', 'open')) as says_so,
    case when busy_until_ns = 0 then 0 else greatest(sent_ns - busy_until_ns, 0) end as idle_ns
from beside
