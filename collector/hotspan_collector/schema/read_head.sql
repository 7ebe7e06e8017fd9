-- read_head: the first lines of a zstd file, a byte a character, to tell its format by.
select line
from read_csv(
    $path, compression = 'zstd', encoding = 'latin-1', columns = {'line': 'varchar'},
    auto_detect = false, header = false, delim = '', quote = '', escape = '', strict_mode = false,
    max_line_size = 64_000_000
)
limit 500;
