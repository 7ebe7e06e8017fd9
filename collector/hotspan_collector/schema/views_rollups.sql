-- views_rollups: what an attached store has rolled up, under its plain name. No request is loose: all are in the store.
create or replace view rollups as from store.rollups;
create or replace view rollup_sums as from store.rollup_sums;
create or replace view rollup_durations as from store.rollup_durations;
create or replace view loose_requests as from store.requests limit 0;
