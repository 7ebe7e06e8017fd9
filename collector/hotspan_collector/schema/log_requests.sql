-- log_requests: rows of `requests` out of the gathered lines of a log. Binds $worker, the secret's $inner_block,
-- $outer_block and $salt, and $max_routes: rarer routes share one bucket. Each distinct value is hashed once.
insert into requests by name
with
clients as (
    select
        *,
        case
            when login <> '' then login
            when address <> '' then rtrim(address || ' ' || agent)
            else ''
        end as identity,
        case
            when login <> '' then 'session'
            when address = '' then 'unknown'
            when count(distinct agent) over (partition by address) > 1 then 'address_agent'
            else 'address'
        end as client_tier
    from (select distinct address, agent, login from log_rows)
),
hashes as (
    select text, keyed_hash($inner_block, $outer_block, text) as hash
    from (select identity as text from clients union select address from clients)
    where text <> ''
),
senders as (
    select
        clients.address,
        clients.agent,
        clients.login,
        clients.client_tier,
        identities.hash as client,
        addresses.hash as address_hash
    from clients
    left join hashes as identities on identities.text = clients.identity
    left join hashes as addresses on addresses.text = clients.address
),
targets as (
    select
        method,
        path,
        query,
        requests,
        target_fingerprint($salt, method, path, query) as target,
        case
            when starts_with(path, '/') then path_template(left(path, 500))
            when path = '*' then path
            else '(malformed)'
        end as route
    from (select method, path, query, count(*) as requests from log_rows group by all)
),
routes as (
    select method, route, row_number() over (order by sum(requests) desc, method, route) as place
    from targets
    group by method, route
)
select
    $worker as worker,
    line_number as seq,
    'log' as source,
    service,
    case when status = 101 or is_held_open_path(path) then 'held_open' else 'web' end as kind,
    method,
    case
        when status = 404 then '(unmatched)'
        when place <= $max_routes then route
        else '(other)'
    end as route,
    target,
    client,
    client_tier,
    address_hash as address,
    nullif(agent, '') as agent,
    start_ns as arrival_ns,
    start_ns,
    end_ns,
    status,
    coalesce(status >= 500, false) as error,
    aborted,
    false as unfinished,
    false as speculative,
    http_version,
    response_bytes,
    start_known,
    time_precision_ns
from log_rows
join targets using (method, path, query)
join routes using (method, route)
join senders using (address, agent, login);
