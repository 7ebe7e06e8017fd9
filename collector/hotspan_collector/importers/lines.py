"""The lines of a text file, by DuckDB's CSV reader told that there are no columns."""

from typing import TYPE_CHECKING

from hotspan_collector import schema
from hotspan_collector.importers.source import Source
from hotspan_collector.segments import globbed

if TYPE_CHECKING:
    import duckdb


def open_lines(connection: "duckdb.DuckDBPyConnection", source: Source, encoding: str) -> None:
    """Defines the view log_lines(line_number, line) on a file; its line numbers are null, the order tells them.

    An empty line is null. With `latin-1` every byte is a letter, so that no line is refused.
    """
    connection.execute("set variable import_path = $path", {"path": globbed(source.path)})
    connection.execute("set variable import_compression = $compression", {"compression": source.compression})
    connection.execute("set variable import_encoding = $encoding", {"encoding": encoding})
    connection.execute(schema.read("read_log_lines"))
