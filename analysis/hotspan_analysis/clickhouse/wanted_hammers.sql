-- wanted_hammers: asked here: the endpoints where a client asked one target very often; others there are compared with it
select distinct rows_seen.service, rows_seen.method, rows_seen.route
from storm_rows as rows_seen
inner join storm_cells as cells on rows_seen.client = cells.client and rows_seen.target = cells.target
where cells.times >= $hammer_times
