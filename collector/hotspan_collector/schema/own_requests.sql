-- own_requests: exported requests out of their JSON. Binds the table's columns with their types, as JSON ($columns).
create or replace temp table own_requests as
select unnest(from_json(request, $columns)) from own_texts where request is not null;
