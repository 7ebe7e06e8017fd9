-- calls: requests and jobs in one shape, those that pass the filters which keep a client's requests together
-- A job is a root span that is no request and no call to somebody else. It has no method and no client.
-- An endpoint given by name may be either: `GET /x` is a method and a route, or the name of a job.
-- Zero instead of null where another engine reads a null differently: answered.
select
    worker,
    seq,
    service,
    service_version,
    kind,
    method,
    route,
    target,
    client,
    client_tier,
    address,
    agent,
    speculative,
    arrival_ns,
    start_ns,
    coalesce(end_ns, $now_ns) as ended_ns,
    greatest(coalesce(end_ns, $now_ns) - start_ns, 0) as took_ns,
    greatest(start_ns - arrival_ns, 0) as queued_ns,
    coalesce(status, 0) as answered,
    error,
    aborted,
    end_ns is null as still_open,
    unfinished,
    start_known,
    trace_id,
    span_id
from requests
where
    ($service is null or service = $service)
    and ($kind is null or kind = $kind)
    and ($method is null or method = $method)
    and ($route is null or route = $route)
    and ($route_prefix is null or left(route, length($route_prefix)) = $route_prefix)
    and ($client_from is null or (coalesce(client, 0) >= $client_from and coalesce(client, 0) <= $client_to))
union all
select
    worker,
    seq,
    service,
    service_version,
    'job',
    '',
    name,
    null,
    null,
    'unknown',
    null,
    null,
    false,
    start_ns,
    start_ns,
    end_ns,
    greatest(end_ns - start_ns, 0),
    0,
    0,
    status = 'ERROR',
    false,
    false,
    false,
    true,
    trace_id,
    span_id
from spans
where
    parent_span_id is null
    and not is_request
    and kind in ('INTERNAL', 'CONSUMER', 'UNSPECIFIED')
    and ($service is null or service = $service)
    and ($kind is null or $kind = 'job')
    and ($method is null or $job is not null)
    and ($route is null or $job is not null or name = $route)
    and ($job is null or name = $job)
    and ($route_prefix is null or left(name, length($route_prefix)) = $route_prefix)
    and $client_from is null
