-- has_rollups: whether anything is rolled up.
select exists (select 1 from rollups);
