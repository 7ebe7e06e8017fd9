-- import_prepared: the rows of the attached database `prepared` into a store; exported rows may be there already.
insert into requests by name
select * exclude (duration_ns)
from prepared.requests
anti join requests using (worker, seq);

insert into spans by name
select * exclude (duration_ns)
from prepared.spans
anti join spans using (worker, seq);

insert into losses by name
select * from prepared.losses
except
select * from losses;

insert into segments
from prepared.segments
anti join segments using (name);
