-- survey: how many requests there may be in the period, how many of them have a parent, and which attributes any carries
select
    count() as requests,
    countIf(ParentSpanId not in ('', '0000000000000000')) as nested,
    {keys} as keys
from {table}
where
    {period}
    and {asked}
