-- used_bytes: bytes of the database file in use; the rest of the file waits for new rows.
select block_size * used_blocks
from pragma_database_size()
where database_name = 'store';
