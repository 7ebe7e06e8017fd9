-- wanted_patience: asked here: the endpoints that somebody asked in quick bursts, as storm_patience has it
select distinct service, method, route
from storm_measures
where 2 * hasty >= while_waiting and while_waiting > 0 and precision_ns = 1
