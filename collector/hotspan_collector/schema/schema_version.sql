-- schema_version: which version of these tables a database has.
select value
from meta
where key = 'schema_version';
