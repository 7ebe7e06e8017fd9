-- losses: what was dropped on the way in while the window lasted, by what it was and why
select
    what,
    reason,
    sum(rows) as dropped
from losses
where
    last_ns >= $from_ns
    and first_ns < $to_ns
    and ($service is null or service = $service)
group by what, reason
order by dropped desc, what, reason
