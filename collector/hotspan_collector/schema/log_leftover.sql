-- log_leftover: which lines the last format did not explain, and which it did but for their time.
create or replace temp table log_unread as
select coalesce(line_number, rowid + 1) as line_number, unread as line
from log_fields
where unread is not null and trim(unread, E' \t\r') <> '';

insert into log_problems
select coalesce(line_number, rowid + 1), 'no time that can be read'
from log_fields
where unread is null and "time" in (select text from log_times where ns is null);
