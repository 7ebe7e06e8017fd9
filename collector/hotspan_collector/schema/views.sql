-- views: an attached store's tables under their plain names, and nothing open.
create or replace view requests as from store.requests;
create or replace view spans as from store.spans;
create or replace view losses as from store.losses;
create or replace view segments as from store.segments;
create or replace view meta as from store.meta;
