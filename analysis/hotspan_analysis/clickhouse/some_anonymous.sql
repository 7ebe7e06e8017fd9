-- some_anonymous: whether some requests know their client's address and some do not
select countIf(is_anonymous) > 0 and countIf(not is_anonymous) > 0 as are_mixed
from requests
