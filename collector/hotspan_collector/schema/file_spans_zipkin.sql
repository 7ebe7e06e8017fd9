-- file_spans_zipkin: the spans of a Zipkin v2 file (view documents) as raw spans. Binds $worker, $max_value_length.
--
-- Times are in microseconds. A span may be told of several times: by the client and by the server that shares its id
-- (`shared`), and in parts without a time, which is then that of the other reports, of the parent, or of the trace.
-- Where an id is shared the SERVER keeps it, as its children name it; the CLIENT gets one of its own and becomes the
-- SERVER's parent.
create or replace temp table file_spans as
with
told as (
    select
        *,
        row_number() over () as place,
        hex_id(traceId, 32) as trace_id,
        hex_id(id, 16) as own_id,
        hex_id(parentId, 16) as parent_id,
        upper(coalesce(
            kind,
            -- Zipkin v1 said it by annotations.
            case
                when list_contains(list_transform(annotations, lambda a: a.value), 'sr') then 'server'
                when list_contains(list_transform(annotations, lambda a: a.value), 'cs') then 'client'
            end
        )) as its_kind,
        coalesce(
            whole_ns("timestamp"), list_min(list_transform(annotations, lambda a: whole_ns(a.timestamp)))
        ) as told_us,
        whole_ns(duration) as duration_us,
        try_cast(tags as map(varchar, varchar)) as tag_map
    from documents
),
joined as (
    select
        *,
        coalesce(bool_or(its_kind = 'SERVER') over same_id, false) as has_server,
        coalesce(bool_or(its_kind = 'CLIENT') over same_id, false) as has_client,
        coalesce(told_us, min(told_us) filter (its_kind = 'SERVER') over same_id, min(told_us) over same_id) as id_us,
        min(told_us) over (partition by trace_id) as trace_us
    from told
    window same_id as (partition by trace_id, own_id)
),
starts as (select trace_id, own_id, min(id_us) as id_us from joined group by all),
placed as (
    select
        joined.*,
        coalesce(joined.id_us, parents.id_us, trace_us) * 1_000 as start_ns,
        has_server and has_client as is_shared,
        left(md5(joined.own_id || 'client'), 16) as client_id
    from joined
    left join starts as parents on parents.trace_id = joined.trace_id and parents.own_id = joined.parent_id
)
select
    $worker::ubigint as worker,
    nullif(localEndpoint.serviceName, '') as service,
    cast(null as varchar) as service_version,
    localEndpoint.ipv4 || coalesce(':' || localEndpoint.port, '') as instance,
    trace_id,
    case when is_shared and its_kind = 'CLIENT' then client_id else own_id end as span_id,
    case when is_shared and its_kind = 'SERVER' then client_id else parent_id end as parent_span_id,
    coalesce(name, '') as name,
    its_kind as kind,
    start_ns,
    start_ns + duration_us * 1_000 as end_ns,
    case when map_contains(tag_map, 'error') then 'ERROR' end as status,
    cast(null as varchar) as exception_type,
    cast(null as varchar) as scope,
    false as captured,
    packed(list_concat(map_keys(tag_map), if(remoteEndpoint.ipv4 is null, [], ['peer.ipv4']))) as attribute_keys,
    packed(
        list_concat(
            list_transform(map_values(tag_map), lambda v: left(v, $max_value_length)),
            if(remoteEndpoint.ipv4 is null, [], [remoteEndpoint.ipv4])
        )
    ) as attribute_values,
    traceId is null and id is null and name is null as is_hole
from placed
order by place;
