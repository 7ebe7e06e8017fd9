-- kept_duplicates: in place of duplicates, those that started in one of the stretches of which stretch_calls were kept
select *
from all_duplicates
where start_ns in (select start_ns from stretch_calls where inside)
