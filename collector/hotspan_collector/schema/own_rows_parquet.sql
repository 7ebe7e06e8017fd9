-- own_rows_parquet: the rows of hotspan's own Parquet export (view parquet_rows).
create or replace temp table own_requests as
select unnest(request) from parquet_rows where request is not null;

create or replace temp table own_spans as
select unnest(span) from parquet_rows where span is not null;

create or replace temp table own_losses as
select unnest(loss) from parquet_rows where loss is not null;

set variable own_rows = true;
