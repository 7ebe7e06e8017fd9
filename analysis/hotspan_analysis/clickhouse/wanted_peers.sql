-- wanted_peers: asked here: the endpoints of which some suspect has shown no calm pace of its own, as storm_peers has it
select distinct lanes.service, lanes.method, lanes.route
from storm_lanes as lanes
inner join (
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
) as known on lanes.lane = known.lane
where known.pauses < $fewest_pauses
