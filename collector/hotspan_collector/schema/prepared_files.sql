-- prepared_files: how many files of the attached database `prepared` are not in the store yet.
select count(*)
from prepared.segments
anti join segments using (name);
