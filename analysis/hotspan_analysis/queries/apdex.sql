-- apdex: the Apdex of one endpoint under a threshold of its own, by service
-- reads: calls, selected
select
    service,
    (
        count(*) filter (where not error and took_ns <= $satisfied_ns)
        + count(*) filter (where not error and took_ns > $satisfied_ns and took_ns <= $tolerated_ns) / 2
    ) / count(*) as apdex
from selected
where
    start_ns >= $from_ns
    and kind = 'web'
group by service
