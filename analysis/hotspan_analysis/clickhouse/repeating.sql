-- repeating: all requests: there a second pass costs more than what it would save
select *
from requests
