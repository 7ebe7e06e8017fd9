-- crowdable: the requests to endpoints with so few clients that a second of theirs could be a herd
select requests.*
from requests
semi join storm_endpoints
    on
        requests.route = storm_endpoints.route
        and requests.method = storm_endpoints.method
        and requests.service = storm_endpoints.service
