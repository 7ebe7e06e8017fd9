-- macros: shared arithmetic of the way in. Live data, imports and the receiver all pass through these.

-- HMAC-SHA256 (RFC 2104) cut to 64 bits; $inner and $outer are the secret's two padded blocks.
create or replace macro keyed_hash(inner_block, outer_block, value) as
    ('0x' || left(sha256(outer_block || unhex(sha256(inner_block || encode(value)))), 16))::ubigint;

-- A query parameter whose only purpose is to make the URL new: _=…, or a 10-13 digit clock, a random fraction or a UUID
-- as value.
create or replace macro is_cache_buster(parameter) as
    regexp_full_match(
        parameter,
        '(_|cb|nocache|cachebust|cache_buster|_dc|nd|doing_wp_cron|nonce)=.*'
        || '|[^=]*=[0-9]{10,13}(\.[0-9]+)?'
        || '|[^=]*=0?\.[0-9]{8,}'
        || '|[^=]*=[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
    );

-- The parameters that say what is asked for, sorted, so that their order does not matter.
create or replace macro significant_query(query) as
    case
        when query is null or query = '' then ''
        else array_to_string(list_sort(list_filter(string_split(query, '&'), lambda p: not is_cache_buster(p))), '&')
    end;

-- Equal for two requests that ask for the same thing. Salted, so that it says nothing outside this store.
create or replace macro target_fingerprint(salt, method, path, query) as
    md5_number_lower(salt || method || ' ' || path || '?' || significant_query(query));
