-- storm_episodes: the measures of every stretch of duplicates, with the echo of those in which clients are interleaved
select
    storm_measures.*,
    coalesce(storm_echoes.echo_z, 0) as echo_z,
    coalesce(storm_echoes.echo_s, 0) as echo_s,
    coalesce(storm_echoes.echo_share, 0) as echo_share
from storm_measures
left join storm_echoes on storm_measures.lane = storm_echoes.lane and storm_measures.episode = storm_echoes.episode
order by service, route, method, onset_ns, client
