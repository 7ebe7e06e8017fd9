-- merge_lost_segments: rows of lost segments among the losses, and the names, so that none is counted twice.
insert into store.losses by name
select worker, service, reason, what, rows, first_ns, last_ns
from lost_segments
where name not in (select name from store.segments);

insert or ignore into store.segments
select name, 0, now_ns
from lost_segments;
