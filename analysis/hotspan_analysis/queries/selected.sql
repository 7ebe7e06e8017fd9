-- selected: the requests and jobs that started in the window and pass the filters, in one shape
-- A job is a root span that is no request and no call to somebody else. It has no method and no client.
-- An endpoint given by name may be either: `GET /x` is a method and a route, or the name of a job.
-- Zero instead of null where a null would be read differently by another engine: status, client.
select
    service,
    service_version,
    kind,
    method,
    route,
    client,
    client_tier,
    start_ns,
    greatest(coalesce(end_ns, $now_ns), start_ns) as ended_ns,
    greatest(coalesce(end_ns, $now_ns) - start_ns, 0) as took_ns,
    greatest(start_ns - arrival_ns, 0) as queued_ns,
    coalesce(status, 0) as answered,
    error,
    aborted,
    end_ns is null as is_open,
    unfinished,
    trace_id,
    span_id
from requests
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and ($service is null or service = $service)
    and ($kind is null or kind = $kind)
    and ($method is null or method = $method)
    and ($route is null or route = $route)
    and ($route_prefix is null or left(route, length($route_prefix)) = $route_prefix)
    and ($status_from is null or (status >= $status_from and status < $status_to))
    and ($client_from is null or (coalesce(client, 0) >= $client_from and coalesce(client, 0) <= $client_to))
union all
select
    service,
    service_version,
    'job',
    '',
    name,
    null,
    'unknown',
    start_ns,
    greatest(end_ns, start_ns),
    greatest(end_ns - start_ns, 0),
    0,
    0,
    status = 'ERROR',
    false,
    false,
    false,
    trace_id,
    span_id
from spans
where
    start_ns >= $since_ns
    and start_ns < $to_ns
    and parent_span_id is null
    and not is_request
    and kind in ('INTERNAL', 'CONSUMER', 'UNSPECIFIED')
    and ($service is null or service = $service)
    and ($kind is null or $kind = 'job')
    and ($method is null or $job is not null)
    and ($route is null or $job is not null or name = $route)
    and ($job is null or name = $job)
    and ($route_prefix is null or left(name, length($route_prefix)) = $route_prefix)
    and $status_from is null
    and $client_from is null
