-- twin_spans: which SERVER spans are the same request as another one, and therefore none of their own.
--
-- Both are of one service, method and path. A span is the twin of another that is among its ancestors, through whatever
-- lies between, and was open at the same time. Where the ancestry is not recorded, it is the twin of one that spans its
-- time, if it knows no client while the other does, and is of the same trace or else a root made by another library
-- (Next.js and FastAPI's own tracing make such roots beside those of OpenTelemetry's instrumentation). An ancestor that
-- is the twin of its descendant in this second way is not held against it, or neither would be a request.
--
-- Time alone is no proof: a client that asks again while it waits, in one trace, makes siblings that look just so.
create or replace temp table twin_spans as
with recursive
-- Only traces in which a service has the same path twice are walked.
crowded as (
    select trace_id, service, twin_key from request_spans group by all having count(*) > 1
),
suspects as (
    select r.* from request_spans as r inner join crowded using (trace_id, service, twin_key)
),
lineage as (
    select distinct span_id, parent_span_id, trace_id, kind
    from spans
    where
        trace_id in (select trace_id from suspects)
        and end_ns >= (select min(start_ns) - $reach_ns from suspects)
        and start_ns <= (select max(end_ns) + $reach_ns from suspects)
),
-- Spans of a Zipkin call share their id between client and server; both lead upwards.
walk (worker, seq, service, twin_key, trace_id, start_ns, end_ns, is_anonymous, ancestor, depth) as (
    select worker, seq, service, twin_key, trace_id, start_ns, end_ns, not knows_client, parent_span_id, 1
    from suspects
    where parent_span_id is not null
    union
    select
        w.worker, w.seq, w.service, w.twin_key, w.trace_id, w.start_ns, w.end_ns, w.is_anonymous,
        l.parent_span_id, w.depth + 1
    from walk as w
    inner join lineage as l on l.trace_id = w.trace_id and l.span_id = w.ancestor
    where l.parent_span_id is not null and w.depth < 100
),
nested as (
    select distinct w.worker, w.seq
    from walk as w
    inner join suspects as o
        on o.trace_id = w.trace_id
        and o.service = w.service
        and o.twin_key = w.twin_key
        and o.span_id = w.ancestor
        and o.end_ns >= w.start_ns
        and o.start_ns <= w.end_ns
        and (o.worker, o.seq) <> (w.worker, w.seq)
        and (
            w.is_anonymous
            or o.knows_client
            or w.start_ns > o.start_ns + 1000000
            or o.end_ns - 1000000 > w.end_ns
        )
),
anonymous as (
    select * from request_spans where not knows_client
),
-- One row a library and trace an anonymous span can be held against; a root of another trace needs another library.
arenas as (
    select distinct service, twin_key, trace_id as arena, null::varchar as not_scope from anonymous
    union
    select distinct service, twin_key, null, coalesce(scope, '') from anonymous where parent_span_id is null
),
timeline as (
    select a.arena, a.not_scope, r.service, r.twin_key, r.start_ns, r.end_ns, r.worker, r.seq, false as inside
    from request_spans as r
    inner join arenas as a
        on a.service = r.service
        and a.twin_key = r.twin_key
        and coalesce(a.arena = r.trace_id, a.not_scope <> coalesce(r.scope, ''))
    where r.knows_client
    union all
    select trace_id, null, service, twin_key, start_ns, end_ns, worker, seq, true from anonymous
    union all
    select null, coalesce(scope, ''), service, twin_key, start_ns, end_ns, worker, seq, true
    from anonymous
    where parent_span_id is null
),
-- Inside one of those that began before: the latest end among them says so. Browsers' and Node's clocks start a span
-- at a whole millisecond, so an inner span may seem to start and end up to one too early or too late.
contained as (
    select worker, seq
    from (
        select
            worker,
            seq,
            inside,
            end_ns,
            max(end_ns) filter (where not inside) over (
                partition by service, twin_key, arena, not_scope
                order by start_ns + case when inside then 1000000 else 0 end, inside
                rows between unbounded preceding and current row
            ) as last_end_ns
        from timeline
    )
    where inside and end_ns - 1000000 <= last_end_ns
)
select worker, seq from nested
union
select worker, seq from contained;
