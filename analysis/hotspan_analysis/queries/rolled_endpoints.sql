-- rolled_endpoints: the sums of roll-ups that the filters let pass, as calls.sql does it for what they add up
select *
from rollup_sums
where
    ($service is null or service = $service)
    and ($kind is null or kind = $kind)
    and ($route_prefix is null or left(route, length($route_prefix)) = $route_prefix)
    and case
        when kind = 'job'
            then
                ($method is null or $job is not null)
                and ($route is null or $job is not null or route = $route)
                and ($job is null or route = $job)
        else
            ($method is null or method = $method)
            and ($route is null or route = $route)
    end
