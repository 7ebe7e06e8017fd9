-- stretch_calls: the calls that matter in a window: all that started in it, and those that may make duplicates of these
-- reads: calls
-- Wider than touching and selected by nothing but moments, so that what reads these instead of calls finds the same.
select *
from calls
where
    start_ns >= $from_ns - 3660000000000
    and start_ns < $to_ns + 60000000000
    and greatest(ended_ns, start_ns) >= $from_ns - 60000000000
