-- segment_rows: what sealed segments hold; columns that older ones lack are null.
create or replace temp table segment_rows as
from read_parquet($globs, union_by_name = true, hive_partitioning = false);
