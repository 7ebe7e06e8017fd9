-- selected: the calls that started since $since_ns and before the end of the window, and pass all filters
select *
from calls
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and ($version is null or service_version = $version)
    and ($status_from is null or (answered >= $status_from and answered < $status_to))
