"""Zipkin v2's JSON: a list of spans, or a span a line."""

import duckdb

from hotspan_collector.importers import json_documents
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.span_contents import MAX_VALUE_LENGTH

_ENDPOINT = "struct(serviceName varchar, ipv4 varchar, ipv6 varchar, port varchar)"
COLUMNS = {
    "traceId": "varchar",
    "id": "varchar",
    "parentId": "varchar",
    "kind": "varchar",
    "name": "varchar",
    "timestamp": "varchar",
    "duration": "varchar",
    "localEndpoint": _ENDPOINT,
    "remoteEndpoint": _ENDPOINT,
    "annotations": 'struct("timestamp" varchar, "value" varchar)[]',
    "tags": "json",
}
"""A span of Zipkin, as DuckDB types."""


def read(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[Skipped, ...]:
    """Makes the temporary table file_spans of a file; raises duckdb.Error when it is damaged."""
    bound = {"worker": source.worker, "max_value_length": MAX_VALUE_LENGTH}
    json_documents.open_documents(connection, source, COLUMNS)
    json_documents.read(connection, source, "file_spans_zipkin", bound)
    return json_documents.without_holes(connection)
