-- open_during: the calls that were open for some time of the window, those that began before it included
select *
from calls
where
    start_ns < $to_ns
    and ended_ns > $from_ns
    and took_ns > 0
    and ($version is null or service_version = $version)
    and ($status_from is null or (answered >= $status_from and answered < $status_to))
