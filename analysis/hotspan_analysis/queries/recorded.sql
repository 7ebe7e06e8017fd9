-- recorded: the last moment that the data know of, a start or an end
select greatest(
    coalesce((select max(greatest(start_ns, coalesce(end_ns, start_ns))) from requests), 0),
    coalesce((select max(greatest(start_ns, end_ns)) from spans), 0)
) as until_ns
