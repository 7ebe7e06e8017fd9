-- import_own_rows: exported rows into the tables they came from, but for those that are there already.
insert into requests by name
select * from own_requests anti join requests using (worker, seq);

insert into spans by name
select * from own_spans anti join spans using (worker, seq);

insert into losses by name
from own_losses
except
from losses;
