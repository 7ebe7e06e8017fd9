-- read_documents: the JSON objects of a file, one a line, one in all, or a list of them. Reads the variables import_*.
create or replace temp view documents as
select *, cast(null as bigint) as document
from read_json(
    getvariable('import_path'), compression = getvariable('import_compression'),
    format = getvariable('import_layout'), columns = getvariable('import_columns'),
    ignore_errors = (getvariable('import_layout') = 'newline_delimited'),
    maximum_object_size = getvariable('import_object_bytes')
);
