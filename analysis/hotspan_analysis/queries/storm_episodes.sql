-- storm_episodes: the measures of every stretch of duplicates, with echo and surge where clients are interleaved
select
    storm_measures.*,
    coalesce(storm_echoes.echo_z, 0) as echo_z,
    coalesce(storm_echoes.echo_s, 0) as echo_s,
    coalesce(storm_echoes.echo_share, 0) as echo_share,
    coalesce(piles.attempts, 0) as piled,
    coalesce(piles.expected, 0) as piled_expected,
    coalesce(piles.lasted_s, 0) as piled_s,
    coalesce(storm_surges.surge_ns, 0) as surge_ns,
    coalesce(storm_runs.heedless, 0) as heedless,
    coalesce(storm_runs.heedless_runs, 0) as heedless_runs,
    coalesce(storm_runs.given_up_runs, 0) as given_up_runs,
    coalesce(storm_runs.shortest_given_up, 0) as shortest_given_up,
    coalesce(storm_runs.longest_given_up, 0) as longest_given_up,
    coalesce(storm_runs.heeding_runs, 0) as heeding_runs,
    coalesce(storm_patience.went_on, 0) as went_on,
    coalesce(storm_patience.stopped_short, 0) as stopped_short
from storm_measures
left join storm_echoes on storm_measures.lane = storm_echoes.lane and storm_measures.episode = storm_echoes.episode
left join (
    select
        lane,
        episode,
        sum(attempts) as attempts,
        sum(expected) as expected,
        sum(lasted_s) as lasted_s
    from storm_piles
    group by lane, episode
) as piles on storm_measures.lane = piles.lane and storm_measures.episode = piles.episode
left join storm_surges on storm_measures.lane = storm_surges.lane and storm_measures.episode = storm_surges.episode
left join storm_runs on storm_measures.lane = storm_runs.lane and storm_measures.episode = storm_runs.episode
left join storm_patience
    on
        storm_measures.service = storm_patience.service
        and storm_measures.method = storm_patience.method
        and storm_measures.route = storm_patience.route
order by storm_measures.service, storm_measures.route, storm_measures.method, onset_ns, client
