-- storm_episodes: the measures of every stretch of duplicates, with echo and surge where clients are interleaved
select
    storm_measures.*,
    coalesce(storm_echoes.echo_z, 0) as echo_z,
    coalesce(storm_echoes.echo_s, 0) as echo_s,
    coalesce(storm_echoes.echo_share, 0) as echo_share,
    coalesce(storm_surges.surge_ns, 0) as surge_ns
from storm_measures
left join storm_echoes on storm_measures.lane = storm_echoes.lane and storm_measures.episode = storm_echoes.episode
left join storm_surges on storm_measures.lane = storm_surges.lane and storm_measures.episode = storm_surges.episode
order by service, route, method, onset_ns, client
