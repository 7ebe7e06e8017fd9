-- known_segments: which of these names are in already.
select name
from store.segments
where name in (select unnest($names::varchar[]));
