"""One real ClickHouse server as a process: `python clickhouse_node.py LIBRARY ARGUMENT…`. It ends when its stdin does.

The library is ClickHouse itself, from ClickHouse's own npm package; called like this it is `clickhouse local`, which
can listen on the native and the HTTP port with users and clusters as any server does.
"""

import ctypes
import sys


def main(library: str, arguments: list[str]) -> int:
    """Runs it until stdin is closed, and gives its exit code."""
    words = [word.encode() for word in ["clickhouse-local", *arguments]]
    return int(ctypes.CDLL(library).chdb_query_cmdline(len(words), (ctypes.c_char_p * (len(words) + 1))(*words, None)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
