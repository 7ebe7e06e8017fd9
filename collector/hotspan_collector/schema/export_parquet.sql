-- export_parquet: every row of every table into one file; a row is a request, a span or a loss, the others are null.
copy (
    select request, null as span, null as loss
    from (select * exclude (duration_ns) from requests) as request
    union all
    select null, span, null
    from (select * exclude (duration_ns) from spans) as span
    union all
    select null, null, loss
    from losses as loss
) to $target (format parquet, compression zstd);
