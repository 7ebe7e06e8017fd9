-- storm_patience: whether those who ask an endpoint in quick bursts go on until they are answered, or stop before
-- Of everybody who asked there while the bursts came, guilty or not: who stopped early has too few duplicates for an
-- episode of its own. A stretch are requests of one client that overlap each other, for whatever target, for pages move
-- on. Each that came before the first answer went on; the stretch stopped short when that answer took three resend gaps
-- more though fewer than $connections were open, one of which may be in use for something else.
with places as (
    select
        service,
        method,
        route,
        quantile_of(resend_ns, 0.5) as gap_ns,
        min(first_ns) as from_ns,
        max(end_ns) as until_ns
    from storm_measures
    where 2 * hasty >= while_waiting and while_waiting > 0 and precision_ns = 1
    group by service, method, route
),

seen as (
    select
        requests.service as service,
        requests.method as method,
        requests.route as route,
        requests.client as client,
        places.gap_ns as gap_ns,
        requests.worker as worker,
        requests.seq as seq,
        requests.arrival_ns as sent_ns,
        greatest(coalesce(requests.end_ns, $now_ns), requests.arrival_ns) as done_ns
    from requests
    inner join places
        on
            requests.service = places.service
            and requests.method = places.method
            and requests.route = places.route
            and requests.arrival_ns >= places.from_ns
            and requests.arrival_ns <= places.until_ns
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and requests.client is not null
        and not requests.speculative
),

beside as (
    select
        *,
        coalesce(max(done_ns) over (
            partition by service, method, route, client
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        ), 0) as busy_until_ns
    from seen
),

numbered as (
    select
        *,
        sum(case when busy_until_ns > sent_ns then 0 else 1 end) over (
            partition by service, method, route, client
            order by sent_ns, done_ns, worker, seq
            rows between unbounded preceding and current row
        ) as stretch
    from beside
),

answered as (
    select
        *,
        min(done_ns) over (partition by service, method, route, client, stretch) as first_answer_ns
    from numbered
),

stretches as (
    select
        service,
        method,
        route,
        count(*) as unanswered,
        max(first_answer_ns) - max(sent_ns) > 3 * max(gap_ns) as stopped
    from answered
    where sent_ns <= first_answer_ns
    group by service, method, route, client, stretch
)

select
    service,
    method,
    route,
    sum(unanswered - 1) as went_on,
    count(*) filter (where stopped and unanswered < $connections - 1) as stopped_short
from stretches
group by service, method, route
