-- crowdable: all requests: how many clients an endpoint has is asked when one had a crowded second
select *
from requests
