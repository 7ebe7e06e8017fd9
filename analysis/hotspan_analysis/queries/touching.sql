-- touching: web requests of known clients that were open at some moment of the window
-- Those that began before it belong here too: what is sent while they are open repeats them. Left out, because
-- overlapping is normal for them: held-open requests, CORS preflights, prefetches. A request open for more than an
-- hour counts as given up after it; that also bounds how far one request can reach. A minute more on either side: what
-- counts is when a request arrived, up to a minute before it started. So a duplicate is one in whatever window.
select
    *,
    arrival_ns - arrival_ns % 4294967296 as arrival_slot_ns,
    least(greatest(ended_ns, start_ns), arrival_ns + 3600000000000) as open_until_ns
from calls
where
    start_ns < $to_ns + 60000000000
    and ended_ns >= $from_ns - 60000000000
    and kind = 'web'
    and method <> 'OPTIONS'
    and not speculative
    and client is not null
