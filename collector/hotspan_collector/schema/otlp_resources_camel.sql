-- otlp_resources_camel: what each resource of OTLP documents (view documents) brings, as `r`: resourceSpans as the
-- specification has it, batches (Tempo), or either inside trace (Tempo's second API). None leaves one row of null.
create or replace temp view otlp_resources as
select
    document,
    unnest(case when coalesce(len(resource_spans), 0) = 0 then [null] else resource_spans end) as r
from (
    select document, coalesce(resourceSpans, batches, trace.resourceSpans, trace.batches) as resource_spans
    from documents
);
