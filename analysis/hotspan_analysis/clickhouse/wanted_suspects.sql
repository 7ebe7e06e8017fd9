-- wanted_suspects: asked here: the clients of whom every request is read, as storm_rows has it, cut to 32 bits
select client % 4294967296 as client from storm_suspects
union
select client % 4294967296 from storm_cells where is_dense or times >= $hammer_times
