-- forget_crowds: run here: leaves only the crowded seconds of some endpoints; all requests of these will be here
delete from temp.storm_crowds
where (service, method, route) not in (
    select (one.service, one.method, one.route)
    from (select unnest($services) as service, unnest($methods) as method, unnest($routes) as route) as one
)
