-- read_parquet: the rows of a Parquet file. Reads the variable import_path.
create or replace temp view parquet_rows as
select * from read_parquet(getvariable('import_path'), hive_partitioning = false);
