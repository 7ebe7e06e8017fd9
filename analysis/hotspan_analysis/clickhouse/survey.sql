-- survey: by attribute, how many of what may be requests in the period say it; in the row of no name, how many there are,
-- how many of them have a parent, and how many spans may be jobs. Added up where the rows are.
with arrayJoin({pairs}) as pair
select
    pair.1 as key,
    countIf({asked} and (key = '' or pair.2 <> '')) as requests,
    countIf({asked} and ParentSpanId not in ('', '0000000000000000')) as nested,
    countIf({may_be_job}) as jobs
from {table}
where
    {period}
    and ({asked} or {may_be_job})
group by key
