-- log_first_match: for each line, the first of the patterns that explains it; lines that none explains are left out.
with
lines as (select unnest($lines::varchar[]) as line),
patterns as (select unnest($names::varchar[]) as name, unnest($patterns::varchar[]) as pattern, unnest(range(len($names))) as rank)
select arg_min(name, rank)
from (select line, row_number() over () as number from lines)
cross join patterns
where regexp_matches(line, pattern)
group by number;
