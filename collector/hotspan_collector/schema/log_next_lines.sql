-- log_next_lines: the next format is given the lines that the formats before it did not explain.
create or replace temp table log_rest as from log_unread;

create or replace temp view log_lines as select line_number, line from log_rest;
