-- storm_members: the attempts that belong to an episode, with what was going on when each was sent
select
    chains.*,
    operations.episode as episode,
    operations.episode_end_ns as episode_end_ns,
    couplings.since_end_ns as since_end_ns,
    couplings.beside as beside,
    couplings.is_record as is_record,
    couplings.first_answer_ns as first_answer_ns
from storm_chains as chains
inner join storm_operations as operations
    on chains.lane = operations.lane and chains.target = operations.target and chains.chain = operations.chain
inner join storm_couplings as couplings
    on
        chains.lane = couplings.lane
        and chains.target = couplings.target
        and chains.worker = couplings.worker
        and chains.seq = couplings.seq
