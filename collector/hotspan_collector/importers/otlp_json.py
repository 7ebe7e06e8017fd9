"""OTLP JSON: what the Collector's file exporter, Tempo's API and many a script write."""

import duckdb

from hotspan_collector import schema
from hotspan_collector.importers import json_documents
from hotspan_collector.importers.lines import load_lines, open_lines
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.span_contents import MAX_VALUE_LENGTH

_VALUE = (
    "struct(stringValue varchar, intValue varchar, doubleValue varchar, boolValue varchar, arrayValue json, "
    "kvlistValue json, bytesValue varchar, string_value varchar, int_value varchar, double_value varchar, "
    "bool_value varchar, array_value json, kvlist_value json, bytes_value varchar)"
)
_ATTRIBUTES = f'struct("key" varchar, "value" {_VALUE})[]'
_SCOPE = "struct(name varchar)"
_SPAN = (
    "struct(traceId varchar, spanId varchar, parentSpanId varchar, name varchar, kind varchar, "
    "startTimeUnixNano varchar, endTimeUnixNano varchar, trace_id varchar, span_id varchar, parent_span_id varchar, "
    f"start_time_unix_nano varchar, end_time_unix_nano varchar, attributes {_ATTRIBUTES}, "
    f"status struct(code varchar), events struct(name varchar, attributes {_ATTRIBUTES})[])"
)
_SCOPE_SPANS = (
    f"struct(scope {_SCOPE}, instrumentationLibrary {_SCOPE}, instrumentation_library {_SCOPE}, spans {_SPAN}[])[]"
)
_RESOURCE_SPANS = (
    f"struct(resource struct(attributes {_ATTRIBUTES}), scopeSpans {_SCOPE_SPANS}, scope_spans {_SCOPE_SPANS}, "
    f"instrumentationLibrarySpans {_SCOPE_SPANS}, instrumentation_library_spans {_SCOPE_SPANS})[]"
)
_SPELLINGS = ("resourceSpans", "resource_spans", "batches")
COLUMNS = dict.fromkeys(_SPELLINGS, _RESOURCE_SPANS) | {
    "trace": f"struct({', '.join(f'{name} {_RESOURCE_SPANS}' for name in _SPELLINGS)})",
}
"""Everybody's spelling of an OTLP document, as DuckDB types; what is not named here is not even parsed into a value."""


def read(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[Skipped, ...]:
    """Makes the temporary table file_spans of a file; returns what in it is no span, by line.

    Raises duckdb.Error when the file is damaged, or when it is one document that is damaged.
    """
    bound = {"worker": source.worker, "max_value_length": MAX_VALUE_LENGTH}
    layout = json_documents.read(connection, source, COLUMNS, schema.read("file_spans_otlp"), bound)
    holes = json_documents.without_holes(connection)
    return _by_line(connection, source, holes) if holes and layout == "newline_delimited" else holes


def _by_line(connection: duckdb.DuckDBPyConnection, source: Source, holes: tuple[Skipped, ...]) -> tuple[Skipped, ...]:
    """Which lines the holes are, and why; what stays unexplained is of another shape."""
    spans = {"spans": r'"(resource_?[sS]pans|batches|trace)"'}
    open_lines(connection, source)
    try:
        found = connection.execute(schema.read("documents_skipped"), spans).fetchall()
    except duckdb.InvalidInputException:  # a line that is not UTF-8, or too long
        load_lines(connection, source)
        found = connection.execute(schema.read("documents_skipped"), spans).fetchall()
    rest = sum(each.rows for each in holes) - sum(rows for _, rows, _ in found)
    unexplained = (Skipped("of another shape, or without spans", rest),) if rest > 0 else ()
    return tuple(Skipped(reason, rows, tuple(lines)) for reason, rows, lines in found) + unexplained
