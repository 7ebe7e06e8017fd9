-- storm_unknown: the endpoints of which some suspect has shown no calm pace of its own: those of others are asked there
with calm as (
    select
        lane,
        count(*) filter (
            where
                lane_busy_until_ns > 0
                and sent_ns >= lane_busy_until_ns
                and lane_previous_outcome = 'answered'
        ) as pauses
    from storm_attempts
    group by lane
)

select
    lanes.service as service,
    lanes.method as method,
    lanes.route as route
from storm_lanes as lanes
inner join calm on lanes.lane = calm.lane
where calm.pauses < $fewest_pauses
group by lanes.service, lanes.method, lanes.route
