"""JSON documents in a file: one a line, one in all, or a list of them. DuckDB parses them, whole lines at a time."""

import json
from collections.abc import Mapping
from typing import Any, Literal

import duckdb

from hotspan_collector import schema
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.segments import globbed

Layout = Literal["newline_delimited", "unstructured", "array"]

_OBJECT_BYTES = (1 << 24, 1 << 28, (1 << 32) - 1)
"""How long one document may be. DuckDB sets aside twice that for each thread, so the usual size is tried first."""


def open_documents(connection: duckdb.DuckDBPyConnection, source: Source, columns: Mapping[str, str]) -> Layout:
    """Defines the view `documents` on a file, with these columns; returns how the file is laid out.

    A line that is no JSON gives a row of nulls.
    """
    layout = layout_of(source.head)
    for name, value in {
        "import_path": globbed(source.path),
        "import_compression": source.compression,
        "import_layout": layout,
        "import_columns": dict(columns),
        "import_object_bytes": _OBJECT_BYTES[0],
    }.items():
        connection.execute(f"set variable {name} = $value", {"value": value})
    connection.execute(schema.read("read_documents"))
    return layout


def read(connection: duckdb.DuckDBPyConnection, source: Source, name: str, bound: Mapping[str, Any]) -> None:
    """Runs `schema/<name>.sql`, which reads the view `documents`.

    Raises duckdb.Error when the file is damaged, or when a document that spans several lines is.
    """
    with source.unmarked() as unmarked:
        connection.execute("set variable import_path = $path", {"path": globbed(unmarked.path)})
        connection.execute("set variable import_compression = $value", {"value": unmarked.compression})
        for object_bytes in _OBJECT_BYTES:
            connection.execute("set variable import_object_bytes = $value", {"value": object_bytes})
            try:
                connection.execute(schema.read(name), dict(bound))
                return
            except duckdb.Error as error:
                if "maximum_object_size" not in str(error) or object_bytes == _OBJECT_BYTES[-1]:
                    raise


def layout_of(head: bytes) -> Layout:
    """How the documents of a file lie in it, told by its beginning."""
    text = head.lstrip()
    if text.startswith(b"["):
        return "array"
    lines = text.split(b"\n")
    if len(lines) == 1 or not text.startswith(b"{") or any(_is_document(line) for line in lines):
        return "newline_delimited"
    return "unstructured"


def _is_document(line: bytes) -> bool:
    if not line.startswith(b"{"):  # what lies inside a document that spans several lines is indented
        return False
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def without_holes(connection: duckdb.DuckDBPyConnection) -> tuple[Skipped, ...]:
    """Takes the rows out of file_spans that stand for a document without spans; returns how many there were."""
    (rows,) = connection.execute("delete from file_spans where is_hole").fetchall()[0]
    return (Skipped("no span in it", int(rows)),) if rows else ()
