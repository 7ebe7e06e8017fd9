-- storm_operations: the operations of each lane, and which of them belong to one episode
-- An episode goes on while duplicates come no further apart than $episode_gap_ns, or than three of the client's steps
-- where these are longer, $longest_gap_ns at most. Only duplicates that tell something carry it on: late ones, retries,
-- announced ones; not the double clicks, and not those who meet by chance behind one address. Operations without a
-- duplicate in between belong to it: they count against it. Exposure is the time in which a further attempt could have come: from the first attempt until the
-- answer, or until two steps after the last attempt, for the client has stopped then. Unanswered is the part
-- of it before the first answer to any of the attempts.
with operations as (
    select
        chains.lane as lane,
        chains.target as target,
        chains.chain as chain,
        min(chains.sent_ns) as first_ns,
        max(chains.done_ns) as busy_until_ns,
        count(*) as attempts,
        count(*) filter (where chains.is_duplicate) as duplicates,
        count(*) filter (where chains.is_late or (chains.is_duplicate and (chains.says_so or not chains.while_waiting)))
            as telling,
        count(*) filter (where chains.is_duplicate and not chains.while_waiting) as retries,
        sum(case when chains.is_duplicate and not chains.while_waiting then chains.idle_ns else 0 end) as paused_ns,
        count(*) filter (where chains.outcome = 'answered') as answered,
        min(case when chains.is_duplicate then chains.sent_ns else null end) as first_duplicate_ns,
        max(case when chains.is_duplicate then chains.sent_ns else 0 end) as last_duplicate_ns,
        sum(chains.done_ns - chains.sent_ns) as in_flight_ns,
        sum(greatest(chains.done_ns - greatest(chains.sent_ns, chains.busy_until_ns), 0)) as union_ns,
        min(chains.done_ns) as first_answer_ns,
        max(paces.rate_per_s) as usual_rate_per_s,
        max(paces.step_ns) as usual_step_ns
    from storm_chains as chains
    inner join storm_paces as paces on chains.lane = paces.lane and chains.target = paces.target
    group by chains.lane, chains.target, chains.chain
),

ordered as (
    select
        *,
        coalesce(first_duplicate_ns, first_ns) as place_ns,
        greatest($episode_gap_ns, least(3 * usual_step_ns, $longest_gap_ns)) as gap_ns
    from operations
),

marked as (
    select
        *,
        case
            when
                telling > 0
                and place_ns - coalesce(
                    max(case when telling > 0 then last_duplicate_ns else 0 end) over (
                        partition by lane order by place_ns, target, chain
                        rows between unbounded preceding and 1 preceding
                    ), 0
                ) > gap_ns
                then 1
            else 0
        end as begins
    from ordered
),

placed as (
    select
        *,
        sum(begins) over (
            partition by lane order by place_ns, target, chain
            rows between unbounded preceding and current row
        ) as episode
    from marked
),

bounded as (
    select
        *,
        max(case when telling > 0 then last_duplicate_ns else 0 end) over (partition by lane, episode) as episode_end_ns,
        sum(duplicates) over (partition by lane, episode) as episode_duplicates
    from placed
)

select
    *,
    greatest(
        0,
        case
            when duplicates = 0 then busy_until_ns
            else least(busy_until_ns, last_duplicate_ns + 2 * (last_duplicate_ns - first_ns) / duplicates)
        end - first_ns
    ) / 1e9 as exposure_s,
    (first_answer_ns - first_ns) / 1e9 as unanswered_s
from bounded
where episode > 0 and place_ns <= episode_end_ns and episode_duplicates >= $fewest_duplicates
