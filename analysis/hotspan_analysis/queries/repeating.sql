-- repeating: the requests of clients that asked for one thing twice in a stretch, of which alone more is counted
-- Most have not. That they have not is known from one number for each client, target and stretch; four more would take
-- twice as long.
select *
from requests
where
    client in (
        select client
        from requests
        where
            start_ns >= $since_ns
            and start_ns < $to_ns
            and kind = 'web'
            and client is not null
            and ($service is null or service = $service)
        group by client, coalesce(target, 0), start_ns - start_ns % $stretch_ns
        having count(*) >= 2
    )
