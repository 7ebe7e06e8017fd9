"""Jaeger's JSON, as its API answers and its UI saves it."""

import duckdb

from hotspan_collector.importers import json_documents
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.span_contents import MAX_VALUE_LENGTH

_TAGS = 'struct("key" varchar, "value" varchar)[]'
_SPANS = (
    "struct(traceID varchar, spanID varchar, parentSpanID varchar, operationName varchar, "
    '"references" struct(refType varchar, spanID varchar)[], startTime varchar, duration varchar, '
    f"tags {_TAGS}, logs struct(fields {_TAGS})[], processID varchar, process json)[]"
)
COLUMNS = {
    "data": f"struct(traceID varchar, spans {_SPANS}, processes json)[]",
    "traceID": "varchar",
    "spans": _SPANS,
    "processes": "json",
}
"""A document of Jaeger, as DuckDB types: a list of traces under `data`, or one trace."""


def read(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[Skipped, ...]:
    """Makes the temporary table file_spans of a file; raises duckdb.Error when it is damaged."""
    bound = {"worker": source.worker, "max_value_length": MAX_VALUE_LENGTH}
    json_documents.open_documents(connection, source, COLUMNS)
    json_documents.read(connection, source, "file_spans_jaeger", bound)
    return json_documents.without_holes(connection)
