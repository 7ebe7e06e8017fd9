-- breakdown_calls: the statements, calls and templates that the requests spent their time in, the costliest first
-- Reads `inside`, kept before. Times are whole durations: calls in parallel, or one around another, each count.
select
    category,
    what,
    db_table,
    db_operation,
    sum(calls) as calls,
    count(*) as requests_with,
    max(calls) as most_calls,
    sum(time_ns) as time_ns,
    max(longest_ns) / 1e6 as max_ms,
    sum(rows_of_all) as db_rows
from (
    select
        root,
        category,
        what,
        db_table,
        db_operation,
        count(*) as calls,
        sum(ended_ns - start_ns) as time_ns,
        max(ended_ns - start_ns) as longest_ns,
        sum(db_rows) as rows_of_all
    from inside
    where
        counted
        and category <> 'internal'
    group by root, category, what, db_table, db_operation
) as of_one_request
group by category, what, db_table, db_operation
order by time_ns desc, calls desc, category, what, db_table, db_operation
