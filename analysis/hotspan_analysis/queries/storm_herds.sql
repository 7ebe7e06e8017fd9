-- storm_herds: seconds in which a large part of an endpoint's clients asked all at once
-- Against the endpoint's mean number of clients in a second, by square roots, so that a busy endpoint is not a herd.
with busy as (
    select
        service,
        method,
        route,
        start_ns - start_ns % 1000000000 as second_ns,
        count(*) as requests
    from requests
    where
        start_ns >= $since_ns
        and start_ns < $to_ns
        and kind = 'web'
        and client is not null
        and not speculative
        and ($service is null or service = $service)
    group by service, method, route, start_ns - start_ns % 1000000000
    having count(*) >= $herd_clients
),

seconds as (
    select
        busy.service as service,
        busy.method as method,
        busy.route as route,
        busy.second_ns as second_ns,
        count(distinct requests.client) as clients,
        max(busy.requests) as requests
    from busy
    inner join requests
        on
            busy.service = requests.service
            and busy.method = requests.method
            and busy.route = requests.route
            and busy.second_ns = requests.start_ns - requests.start_ns % 1000000000
    where requests.start_ns >= $since_ns and requests.start_ns < $to_ns and requests.kind = 'web'
    group by busy.service, busy.method, busy.route, busy.second_ns
    having count(distinct requests.client) >= $herd_clients
),

endpoints as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        count(distinct requests.client) as clients,
        count(*) * 1e9 / greatest(max(requests.start_ns) - min(requests.start_ns), 1000000000) as rate_per_s
    from requests
    inner join (select distinct service, method, route from seconds) as candidates
        on
            requests.service = candidates.service
            and requests.method = candidates.method
            and requests.route = candidates.route
    where requests.start_ns >= $since_ns and requests.start_ns < $to_ns and requests.kind = 'web'
    group by requests.service, requests.method, requests.route
)

select
    seconds.service as service,
    seconds.method as method,
    seconds.route as route,
    seconds.second_ns as start_ns,
    seconds.second_ns + 1000000000 as end_ns,
    seconds.clients as clients,
    seconds.requests as requests,
    seconds.clients / endpoints.clients as share,
    2 * (sqrt(seconds.clients) - sqrt(endpoints.rate_per_s)) as significance
from seconds
inner join endpoints
    on
        seconds.service = endpoints.service
        and seconds.method = endpoints.method
        and seconds.route = endpoints.route
where
    seconds.clients >= $herd_share * endpoints.clients
    and 2 * (sqrt(seconds.clients) - sqrt(endpoints.rate_per_s)) >= $herd_significance
order by seconds.second_ns, service, route
