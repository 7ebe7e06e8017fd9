-- roll_up_whole: stretches of $length_ns between $from_ns and $to_ns whose parts of $part_ns are all there, out of these.
create or replace temp table whole_stretches as
select
    from_ns - from_ns % $length_ns as whole_ns,
    sum(requests) as requests,
    min(first_ns) as first_ns,
    max(after_ns) as after_ns
from rollups as parts
where
    length_ns = $part_ns
    and from_ns >= $from_ns
    and from_ns < $to_ns
group by whole_ns
having
    count(*) = $length_ns // $part_ns
    and whole_ns not in (select from_ns from rollups where length_ns = $length_ns);

insert into rollups by name
select
    $length_ns as length_ns,
    whole_ns as from_ns,
    whole_ns + $length_ns as to_ns,
    false as is_base,
    requests,
    first_ns,
    after_ns
from temp.whole_stretches
order by whole_ns;

insert into rollup_sums by name
select
    $length_ns as length_ns,
    whole_ns as from_ns,
    endpoint,
    any_value(service) as service,
    any_value(kind) as kind,
    any_value(method) as method,
    any_value(route) as route,
    sum(sums.requests) as requests,
    sum(total_time_ns) as total_time_ns,
    max(longest_ns) as longest_ns,
    sum(errors) as errors,
    sum(aborted) as aborted,
    sum(still_open) as still_open,
    sum(unfinished) as unfinished,
    sum(queue_time_ns) as queue_time_ns,
    sum(by_address) as by_address,
    sum(without_start) as without_start,
    sum(duplicates) as duplicates,
    sum(repeated_ns) as repeated_ns
from rollup_sums as sums
inner join temp.whole_stretches as whole on sums.from_ns - sums.from_ns % $length_ns = whole_ns
where
    sums.length_ns = $part_ns
    and sums.from_ns >= $from_ns
    and sums.from_ns < $to_ns
group by whole_ns, endpoint
order by whole_ns, endpoint;

insert into rollup_durations by name
select
    $length_ns as length_ns,
    whole_ns as from_ns,
    endpoint,
    bucket,
    sum(parts.requests) as requests,
    sum(errors) as errors
from rollup_durations as parts
inner join temp.whole_stretches as whole on parts.from_ns - parts.from_ns % $length_ns = whole_ns
where
    parts.length_ns = $part_ns
    and parts.from_ns >= $from_ns
    and parts.from_ns < $to_ns
group by whole_ns, endpoint, bucket
order by whole_ns, endpoint, bucket;

drop table temp.whole_stretches;
