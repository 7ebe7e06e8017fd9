-- kept_selected: in place of selected, the calls that started in one of the stretches of which stretch_calls were kept
select *
from stretch_calls
where
    inside
    and start_ns >= $since_ns
    and start_ns < $to_ns
