-- own_rows_columns: the columns of the tables requests and spans with their types, as the JSON that from_json reads.
select table_name, json_group_object(column_name, data_type)
from duckdb_columns()
where table_name in ('requests', 'spans') and column_name <> 'duration_ns' and database_name = current_database()
group by table_name
order by table_name;
