-- log_times: each distinct time in the fields of a log, as nanoseconds since the epoch; null where it is none.
create or replace temp table log_times as
select text, log_time_ns(text) as ns, log_precision_ns(text) as precision_ns
from (select distinct "time" as text from log_fields where "time" is not null);
