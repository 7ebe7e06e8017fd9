-- spans_without_route: how many SERVER spans do not say their route, which is then made up from the path.
select count(*)
from raw_contents
where span_kind(kind) = 'SERVER' and not contains(coalesce(attribute_keys, ''), 'http.route');
