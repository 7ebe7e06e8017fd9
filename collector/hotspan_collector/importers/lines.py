"""The lines of a text file: by DuckDB's CSV reader, told that there are no columns, or by hand where it refuses."""

from collections.abc import Iterator
from contextlib import closing

import duckdb

from hotspan_collector import schema
from hotspan_collector.arrow_columns import Table
from hotspan_collector.importers.source import Source, Stream
from hotspan_collector.segments import globbed

_CHUNK_BYTES = 1 << 24


def open_lines(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Defines the view log_lines(line_number, line) on a file; its line numbers are null, the order tells them.

    An empty line is null. Reading it fails where the file is not UTF-8, see `load_lines`.
    """
    connection.execute("set variable import_path = $path", {"path": globbed(source.path)})
    connection.execute("set variable import_compression = $compression", {"compression": source.compression})
    connection.execute(schema.read("read_log_lines"))


def load_lines(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """The same out of Python: slower, but no byte makes it fail. What is no UTF-8 becomes a replacement character."""
    connection.execute(schema.read("loaded_lines"))
    with closing(source.open()) as stream:
        for chunk in _whole_lines(stream):
            lines = chunk.decode("utf-8", errors="replace").replace("\0", "").split("\n")
            connection.register("chunk_lines", Table({"line": lines}, {"line": "varchar"}))
            connection.execute("insert into loaded_lines select nullif(line, '') from chunk_lines")
            connection.unregister("chunk_lines")
    connection.execute(
        "create or replace temp view log_lines as select null::bigint as line_number, line from loaded_lines"
    )


def _whole_lines(stream: Stream) -> Iterator[bytes]:
    """Pieces of a stream that end where a line ends, without that end."""
    rest = b""
    while piece := stream.read(_CHUNK_BYTES):
        lines, newline, rest = (rest + piece).rpartition(b"\n")
        if newline:
            yield lines
    if rest:
        yield rest
