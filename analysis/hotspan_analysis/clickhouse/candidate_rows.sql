-- candidate_rows: requests as the questions about storms read them, those that are chosen
select
    worker, seq, source, service, kind, method, route, target, client, client_tier, arrival_ns, start_ns, end_ns, status, error,
    aborted, unfinished, attempt, operation_key, speculative, start_known, time_precision_ns
from requests
where {chosen}
limit $at_most
