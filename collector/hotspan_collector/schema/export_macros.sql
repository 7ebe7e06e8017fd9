-- export_macros: how OTLP JSON wraps an attribute; null where there is nothing to say.
create or replace temp macro otlp_pair(name, content) as
    case
        when content is null then null
        when typeof(content) = 'SMALLINT'
            then json_object('key', name, 'value', json_object('intValue', content::varchar))
        else json_object('key', name, 'value', json_object('stringValue', content))
    end;
