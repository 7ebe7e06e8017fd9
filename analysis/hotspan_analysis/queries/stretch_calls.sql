-- stretch_calls: the calls that started in a stretch, `inside`, and those that may make duplicates of these
-- reads: calls
-- Wider than touching and selected by nothing but moments, so that what reads these instead of calls finds the same. Of
-- several stretches each call is kept once: what starts before $kept_ns came with the one before. No column that sums
-- and histograms do without.
select
    worker,
    seq,
    service,
    service_version,
    kind,
    method,
    route,
    target,
    client,
    client_tier,
    speculative,
    arrival_ns,
    start_ns,
    ended_ns,
    took_ns,
    queued_ns,
    answered,
    error,
    aborted,
    still_open,
    unfinished,
    start_known,
    start_ns >= $from_ns and start_ns < $to_ns as inside
from calls
where
    start_ns >= greatest($from_ns - 3660000000000, $kept_ns)
    and start_ns < $to_ns + 60000000000
    and greatest(ended_ns, start_ns) >= $from_ns - 60000000000
