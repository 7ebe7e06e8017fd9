-- storm_herds: moments in which a large part of an endpoint's clients asked all at once
-- Against the endpoint's mean number of clients in a second, by square roots, so that a busy endpoint is not a herd.
-- Only the crowded seconds of endpoints with so few clients are counted that a second of theirs could be one. Seconds
-- close to each other are one herd.
with endpoints as (
    select
        service,
        method,
        route,
        max(requests) as most
    from storm_crowds
    group by service, method, route
),

known as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        approx_count_distinct(requests.client) as clients,
        count(*) * 1e9 / greatest(max(requests.start_ns) - min(requests.start_ns), 1000000000) as rate_per_s
    from requests
    inner join endpoints
        on
            requests.service = endpoints.service
            and requests.method = endpoints.method
            and requests.route = endpoints.route
    where requests.start_ns >= $since_ns and requests.start_ns < $to_ns and requests.kind = 'web'
    group by requests.service, requests.method, requests.route
    having max(endpoints.most) >= $herd_share * approx_count_distinct(requests.client)
),

crowded as (
    select
        crowds.service as service,
        crowds.method as method,
        crowds.route as route,
        crowds.second_ns as second_ns,
        known.clients as all_clients,
        known.rate_per_s as rate_per_s
    from storm_crowds as crowds
    inner join known
        on crowds.service = known.service and crowds.method = known.method and crowds.route = known.route
    where
        crowds.requests >= $herd_share * known.clients
        and 2 * (sqrt(crowds.requests) - sqrt(known.rate_per_s)) >= $herd_significance
),

seconds as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        crowded.second_ns as second_ns,
        count(distinct requests.client) as clients,
        count(*) as requests,
        count(distinct requests.client) / max(crowded.all_clients) as share,
        2 * (sqrt(count(distinct requests.client)) - sqrt(max(crowded.rate_per_s))) as significance
    from requests
    inner join crowded
        on
            requests.start_ns - requests.start_ns % 1000000000 = crowded.second_ns
            and requests.service = crowded.service
            and requests.method = crowded.method
            and requests.route = crowded.route
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and not requests.speculative
    group by requests.service, requests.method, requests.route, crowded.second_ns
),

herds as (
    select
        *,
        case
            when second_ns - lag(second_ns) over (partition by service, method, route order by second_ns) <= $herd_gap_ns then 0
            else 1
        end as begins
    from seconds
    where clients >= $herd_clients and share >= $herd_share and significance >= $herd_significance
),

numbered as (
    select
        *,
        sum(begins) over (
            partition by service, method, route order by second_ns rows between unbounded preceding and current row
        ) as herd
    from herds
)

select
    service,
    method,
    route,
    min(second_ns) as start_ns,
    max(second_ns) + 1000000000 as end_ns,
    max(clients) as clients,
    sum(requests) as requests,
    least(max(share), 1) as share,
    max(significance) as significance
from numbered
group by service, method, route, herd
order by start_ns, service, route
