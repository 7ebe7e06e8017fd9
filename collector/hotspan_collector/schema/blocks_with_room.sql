-- blocks_with_room: which blocks with notes of DuckDB's own a checkpoint may write to in place, and how long a block is
select notes.block_id, file.block_size
from pragma_metadata_info() as notes, pragma_database_size() as file
where notes.free_blocks > 0
  and file.database_name = $name
order by notes.block_id;
