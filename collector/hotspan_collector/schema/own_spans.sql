-- own_spans: exported spans out of their JSON. Binds the table's columns with their types, as JSON ($columns).
create or replace temp table own_spans as
select unnest(from_json(span, $columns)) from own_texts where span is not null;
