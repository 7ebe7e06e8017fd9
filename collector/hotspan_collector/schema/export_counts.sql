-- export_counts: how many rows of each kind there are.
select
    (select count(*) from requests) as requests,
    (select count(*) from spans) as spans,
    (select count(*) from losses) as losses;
