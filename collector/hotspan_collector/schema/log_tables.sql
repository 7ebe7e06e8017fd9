-- log_tables: where the requests of a log are gathered before they are hashed. One row a request, '' for texts that
-- are not known.
create or replace temp table log_rows (
    line_number bigint,
    service varchar,
    method varchar,
    path varchar,
    query varchar,
    address varchar,
    agent varchar,
    login varchar,
    start_ns bigint,
    end_ns bigint,
    status smallint,
    aborted boolean,
    http_version varchar,
    response_bytes bigint,
    start_known boolean,
    time_precision_ns bigint
);

create or replace temp table log_problems (line_number bigint, reason varchar);
