-- forget_rollups: deletes the roll-ups that the changed_rows matter to: those of the minute a row starts in, and of those
-- in which it may be what makes a duplicate of another. That is for as long as it is open, an hour at most, and a minute
-- more, because what counts there is when the other arrived, and it may have waited for so long before it started.
create or replace temp table changed_stretches as
select
    min(start_ns) - 60000000000 as since_ns,
    max(case when kind = 'web' then least(coalesce(end_ns, start_ns + 3600000000000), start_ns + 3600000000000) else start_ns end)
    + 60000000000 as until_ns
from changed_rows
group by start_ns // 60000000000;

delete from rollups
using changed_stretches as changed
where
    rollups.to_ns > changed.since_ns
    and rollups.from_ns <= changed.until_ns;

drop table changed_stretches;
drop table changed_rows;
