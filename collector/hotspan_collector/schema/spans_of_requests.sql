-- spans_of_requests: how many of the sealed spans in segment_spans may be requests. Older segments do not say.
select count(*)
from (
    select null::varchar as request_kind
    where false
    union all by name
    from segment_spans
)
where request_kind is not null;
