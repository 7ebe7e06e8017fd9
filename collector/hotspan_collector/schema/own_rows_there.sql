-- own_rows_there: one row if exported rows have been taken out of a file already.
select 1 from duckdb_tables() where table_name = 'own_requests' and temporary;
