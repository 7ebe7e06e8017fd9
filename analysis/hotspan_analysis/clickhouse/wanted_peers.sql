-- wanted_peers: asked here: the endpoints whose other clients are asked how soon they come again
select service, method, route
from storm_unknown
