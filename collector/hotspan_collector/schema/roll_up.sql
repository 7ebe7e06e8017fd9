-- roll_up: what the temporary tables stretch_sums, stretch_durations and stretch_bounds hold takes the place of all that
-- was rolled up between $from_ns and $to_ns. They are about stretches of $length_ns; one without requests counts as well.
delete from rollups
where
    to_ns > $from_ns
    and from_ns < $to_ns;

delete from rollup_sums
where
    from_ns > $from_ns - 86400000000000
    and from_ns < $to_ns
    and from_ns + length_ns > $from_ns;

delete from rollup_durations
where
    from_ns > $from_ns - 86400000000000
    and from_ns < $to_ns
    and from_ns + length_ns > $from_ns;

insert into rollups by name
select
    $length_ns as length_ns,
    stretches.from_ns as from_ns,
    stretches.from_ns + $length_ns as to_ns,
    true as is_base,
    coalesce(sum(requests), 0) as requests,
    any_value(first_ns) as first_ns,
    any_value(after_ns) as after_ns
from range($from_ns, $to_ns, $length_ns) as stretches(from_ns)
left join temp.stretch_sums as sums on stretches.from_ns = sums.from_ns
left join temp.stretch_bounds as bounds on stretches.from_ns = bounds.from_ns
group by stretches.from_ns
order by stretches.from_ns;

insert into rollup_sums by name
select
    *,
    $length_ns as length_ns
from temp.stretch_sums
order by from_ns, endpoint;

insert into rollup_durations by name
select
    *,
    $length_ns as length_ns
from temp.stretch_durations
order by from_ns, endpoint, bucket;
