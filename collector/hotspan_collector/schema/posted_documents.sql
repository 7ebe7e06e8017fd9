-- posted_documents: JSON documents that were posted (relation posted_bodies), parsed as files of them are. A body that
-- is no JSON is an empty document here; posted_invalid.sql names it. Reads the variable import_columns, as JSON.
create or replace temp view documents as
select unnest(from_json(case when json_valid(body) then body else '{}' end, getvariable('posted_columns'))), document
from posted_bodies;
