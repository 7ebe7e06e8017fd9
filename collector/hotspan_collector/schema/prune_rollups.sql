-- prune_rollups: deletes the roll-ups of stretches in which rows went, or in which rows that went made duplicates.
delete from store.rollups
where from_ns <= $before_ns + 3660000000000;

delete from store.rollup_sums
where from_ns < $before_ns;

delete from store.rollup_durations
where from_ns < $before_ns;
