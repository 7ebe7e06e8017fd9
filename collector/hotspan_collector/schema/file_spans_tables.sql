-- file_spans_tables: where the spans of a file are gathered that come in batches. See seal_spans.sql for the columns.
create or replace temp table file_spans (
    worker ubigint,
    service varchar,
    service_version varchar,
    instance varchar,
    trace_id varchar,
    span_id varchar,
    parent_span_id varchar,
    name varchar,
    kind varchar,
    start_ns bigint,
    end_ns bigint,
    status varchar,
    exception_type varchar,
    scope varchar,
    captured boolean,
    attribute_keys varchar,
    attribute_values varchar,
    document bigint
);
