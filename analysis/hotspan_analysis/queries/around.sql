-- around: what ran in a stretch of time, and how often the same starts in the hour around and whole hours away
-- reads: writes, happenings
-- `near` are the stretches of the same length in half an hour on either side. `same` are those that begin whole hours
-- earlier or later: the same minute of other hours and days, from $fold_ns on. What began before the stretch and still
-- ran in it is running too. A stretch in which nothing started is a zero, though no row here stands for it.
with placed as (
    select
        *,
        start_ns >= $near_from_ns and start_ns < $near_to_ns as is_near,
        start_ns >= $fold_ns and start_ns < $fold_to_ns and (start_ns - $fold_ns) % 3600000000000 < $length_ns as is_same
    from happenings
    where
        start_ns >= $data_from_ns
        and start_ns < $data_to_ns
        and (
            (start_ns >= $near_from_ns and start_ns < $near_to_ns)
            or (start_ns >= $fold_ns and start_ns < $fold_to_ns and (start_ns - $fold_ns) % 3600000000000 < $length_ns)
            or (start_ns < $from_ns and ended_ns > $from_ns)
        )
),
now as (
    select
        sort,
        service,
        name,
        db_table,
        db_operation,
        count(*) filter (where start_ns >= $from_ns) as started,
        count(*) as running,
        count(*) filter (where start_ns >= $from_ns and failed) as errors,
        sum(case when start_ns >= $from_ns and has_rows then db_rows end) as db_rows,
        sum(greatest(ended_ns - start_ns, 0)) / 1e9 as time_s,
        max(greatest(ended_ns - start_ns, 0)) / 1e6 as max_ms
    from placed
    where
        start_ns < $to_ns
        and (start_ns >= $from_ns or ended_ns > $from_ns)
    group by sort, service, name, db_table, db_operation
),
stretches as (
    select
        sort,
        service,
        name,
        db_table,
        db_operation,
        is_near,
        floor(case when is_near then (start_ns - $near_from_ns) / $length_ns else (start_ns - $fold_ns) / 3600e9 end)
            as stretch,
        count(*) as started,
        count(*) filter (where failed) as errors,
        sum(db_rows) as db_rows
    from placed
    where
        (start_ns < $from_ns or start_ns >= $to_ns)
        and (is_near or is_same)
    group by sort, service, name, db_table, db_operation, is_near, stretch
),
elsewhere as (
    select
        sort,
        service,
        name,
        db_table,
        db_operation,
        sum(case when is_near then started else 0 end) as near_started,
        sum(case when is_near then errors else 0 end) as near_errors,
        count(*) filter (where is_near) as near_seen,
        sum(case when is_near then 0 else started end) as same_started,
        sum(case when is_near then 0 else errors end) as same_errors,
        sum(case when is_near then 0 else db_rows end) as same_rows,
        count(*) filter (where not is_near) as hours_seen,
        count(*) filter (where not is_near and (stretch - $now_hour) % 24 = 0) as days_seen,
        max(case when is_near then 0 else started end) as same_most,
        max(case when is_near then 0 else errors end) as same_most_errors,
        max(case when is_near then 0 else db_rows end) as same_most_rows
    from stretches
    group by sort, service, name, db_table, db_operation
)
select
    now.*,
    coalesce(near_started, 0) as near_started,
    coalesce(near_errors, 0) as near_errors,
    coalesce(near_seen, 0) as near_seen,
    coalesce(same_started, 0) as same_started,
    coalesce(same_errors, 0) as same_errors,
    coalesce(same_rows, 0) as same_rows,
    coalesce(hours_seen, 0) as hours_seen,
    coalesce(days_seen, 0) as days_seen,
    coalesce(same_most, 0) as same_most,
    coalesce(same_most_errors, 0) as same_most_errors,
    coalesce(same_most_rows, 0) as same_most_rows
from now
left join elsewhere
    on
        now.sort = elsewhere.sort
        and now.service = elsewhere.service
        and now.name = elsewhere.name
        and now.db_table = elsewhere.db_table
        and now.db_operation = elsewhere.db_operation
order by time_s desc, now.sort, now.service, now.name, now.db_table, now.db_operation
