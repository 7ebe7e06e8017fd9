-- loaded_lines: where the lines of a file are put that DuckDB's CSV reader refuses.
create or replace temp table loaded_lines (line varchar);
