-- snapshot_requests: the requests in flight as their processes last wrote them down.
--
-- $files are the snapshots, $globs the same as patterns, $ended says beside each when its process was last heard of
-- if it is dead: its requests ended no earlier, and nobody will ever know how.
create or replace temp table snapshot_requests as
select
    requests.* exclude (filename)
    replace (
        case when writer.ended_ns is not null then greatest(writer.ended_ns, requests.start_ns) end as end_ns,
        writer.ended_ns is not null as unfinished
    )
from read_parquet($globs, union_by_name = true, filename = true, hive_partitioning = false) as requests
join (select unnest($files) as filename, unnest($ended::bigint[]) as ended_ns) as writer using (filename);
