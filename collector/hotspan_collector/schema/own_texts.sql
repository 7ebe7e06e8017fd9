-- own_texts: the rows that hotspan's own OTLP export keeps in two attributes, as JSON.
create or replace temp table own_texts as
select
    texts[list_position(keys, 'hotspan.request')] as request,
    texts[list_position(keys, 'hotspan.span')] as span
from (
    select string_split(attribute_keys, chr(31)) as keys, string_split(attribute_values, chr(31)) as texts
    from file_spans
    where contains(attribute_keys, 'hotspan.')
);

create or replace temp table own_losses as
from losses limit 0;

delete from file_spans
where contains(attribute_keys, 'hotspan.');
