-- posted_invalid: which posted bodies are no JSON objects.
select document from posted_bodies where not json_valid(body) or json_type(body) <> 'OBJECT';
