-- read_log_lines: the lines of a file as they are. Reads the variables import_path and _compression.
create or replace temp view log_lines as
select cast(null as bigint) as line_number, line
from read_csv(
    getvariable('import_path'), compression = getvariable('import_compression'),
    columns = {'line': 'varchar'}, auto_detect = false, header = false,
    delim = '', quote = '', escape = '', new_line = '\n', strict_mode = false, max_line_size = 16_000_000
);
