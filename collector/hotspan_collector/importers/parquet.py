"""Parquet: spans in the schema of the Collector's ClickHouse exporter, or hotspan's own export."""

import duckdb

from hotspan_collector import schema
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers import own_rows
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.segments import globbed
from hotspan_collector.span_contents import MAX_VALUE_LENGTH

CLICKHOUSE_COLUMNS = (
    "Timestamp", "TraceId", "SpanId", "ParentSpanId", "SpanName", "SpanKind", "ServiceName", "ResourceAttributes",
    "ScopeName", "SpanAttributes", "Duration", "StatusCode",
)  # fmt: skip
EXPORT_COLUMNS = ("request", "span", "loss")


def read(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[Skipped, ...]:
    """Makes the temporary table file_spans of a file; of our own export, the tables of own_rows.

    Raises BadInputError when columns are missing, duckdb.Error when the file is damaged.
    """
    connection.execute("set variable import_path = $path", {"path": globbed(source.path)})
    connection.execute(schema.read("read_parquet"))
    columns = {str(name) for name, *_ in connection.execute("describe parquet_rows").fetchall()}
    if columns.issuperset(EXPORT_COLUMNS):
        own_rows.open_parquet(connection)
        return ()
    if missing := [name for name in CLICKHOUSE_COLUMNS if name not in columns]:
        raise BadInputError(
            f"{source.path}: neither hotspan's export nor spans as the Collector's ClickHouse exporter names them: "
            f"no {', '.join(missing)}"
        )
    bound = {"worker": source.worker, "max_value_length": MAX_VALUE_LENGTH}
    connection.execute(schema.read("file_spans_clickhouse"), bound)
    return ()
