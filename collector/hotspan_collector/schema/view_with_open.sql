-- view_with_open: every request there is, those in flight included.
create or replace view requests as
from store.requests
union all by name
from open_requests;

-- Those that are not in the store.
create or replace view loose_requests as from open_requests;
