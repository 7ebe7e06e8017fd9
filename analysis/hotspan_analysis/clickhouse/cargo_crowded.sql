-- cargo_crowded: condition: every span of traces that may tell of one request twice; what lies between shows if so
({condition})
or (
    {period}
    and lower(TraceId) global in (
        with requests as (
            {requests}
        )
        select trace_id
        from requests
        where target is not null
        group by trace_id, service, twin_key
        having count() > 1
    )
)
