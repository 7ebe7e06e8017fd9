-- twins: whether some SERVER spans may tell of one request twice, so that their ancestry has to be looked at
-- reads: requests
select
    sum(of_one_trace) as of_one_trace,
    sum(of_unknown_clients) as of_unknown_clients
from (
    select
        service,
        twin_key,
        count() - uniqExact(cityHash64(trace_id)) as of_one_trace,
        countIf(is_anonymous) > 0 and countIf(not is_anonymous) > 0 as of_unknown_clients
    from requests
    where target is not null
    group by service, twin_key
) as targets
