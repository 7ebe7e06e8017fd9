-- storm_neighbourhoods: how often each client asked shortly before and after an episode, when it was not waiting
-- What somebody does all day says little about the minutes in which everybody comes at once: a rush that slows the
-- server down is no storm. Only answered requests count, within $near_ns of the episode.
with spans_of_time as (
    select
        lane,
        episode,
        min(first_ns) as first_ns,
        max(busy_until_ns) as drained_ns
    from storm_operations
    group by lane, episode
)

select
    spans_of_time.lane as lane,
    spans_of_time.episode as episode,
    count(*) as pauses,
    sum(least(attempts.idle_ns, $presence_ns)) / 1e9 as idle_s,
    quantile_of(attempts.sent_ns - attempts.previous_sent_ns, 0.5) as step_ns
from spans_of_time
inner join storm_attempts as attempts
    on
        spans_of_time.lane = attempts.lane
        and attempts.sent_ns >= spans_of_time.first_ns - $near_ns
        and attempts.sent_ns <= spans_of_time.drained_ns + $near_ns
        and (attempts.sent_ns < spans_of_time.first_ns or attempts.sent_ns > spans_of_time.drained_ns)
where attempts.busy_until_ns > 0 and not attempts.while_waiting and attempts.previous_outcome = 'answered'
group by spans_of_time.lane, spans_of_time.episode
