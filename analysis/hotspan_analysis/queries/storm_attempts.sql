-- storm_attempts: every request of the lanes in question, and what its client was waiting for when it was sent
-- `busy_until_ns` is the latest end of the earlier requests for the same target, as a running maximum: no interval is
-- joined to another; `lane_busy_until_ns` is the same whatever the target. A clock of whole seconds proves an overlap
-- only beyond its own precision. A challenge (401, 407) is the first half of an answer, not a failure: who is let in
-- after it has asked once.
with seen as (
    select
        lanes.lane as lane,
        rows_seen.target as target,
        rows_seen.worker as worker,
        rows_seen.seq as seq,
        rows_seen.sent_ns as sent_ns,
        rows_seen.done_ns as done_ns,
        rows_seen.is_open as is_open,
        rows_seen.status as status,
        rows_seen.left_early as left_early,
        rows_seen.announced as announced,
        rows_seen.operation_key as operation_key,
        rows_seen.start_known as start_known,
        rows_seen.precision_ns as precision_ns,
        case
            when rows_seen.is_open then 'open'
            when rows_seen.left_early or rows_seen.status in (0, 408, 425, 429) or rows_seen.status >= 500 then 'failed'
            when rows_seen.status in (401, 407) then 'challenged'
            when rows_seen.status in (403, 404, 409, 410, 423) then 'refused'
            else 'answered'
        end as outcome
    from storm_rows as rows_seen
    inner join storm_lanes as lanes
        on
            rows_seen.service = lanes.service
            and rows_seen.client = lanes.client
            and rows_seen.method = lanes.method
            and rows_seen.route = lanes.route
),

beside as (
    select
        *,
        coalesce(max(done_ns) over earlier, 0) as busy_until_ns,
        coalesce(lag(sent_ns) over in_order, 0) as previous_sent_ns,
        coalesce(lag(outcome) over in_order, '') as previous_outcome,
        coalesce(lag(left_early) over in_order, false) as previous_left_early,
        coalesce(lag(status) over in_order, 0) as previous_status,
        coalesce(lag(operation_key) over in_order, 0) as previous_key,
        coalesce(max(done_ns) over earlier_in_lane, 0) as lane_busy_until_ns,
        coalesce(lag(sent_ns) over lane_order, 0) as lane_previous_sent_ns,
        coalesce(lag(outcome) over lane_order, '') as lane_previous_outcome
    from seen
    window
        lane_order as (partition by lane order by sent_ns, done_ns, worker, seq),
        earlier_in_lane as (
            partition by lane order by sent_ns, done_ns, worker, seq rows between unbounded preceding and 1 preceding
        ),
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
    or (operation_key <> 0 and operation_key = previous_key and previous_outcome in ('failed', 'refused', 'challenged', 'open')) as says_so,
    case when busy_until_ns = 0 then 0 else greatest(sent_ns - busy_until_ns, 0) end as idle_ns
from beside
