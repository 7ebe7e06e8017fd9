"""OTLP JSON: what the Collector's file exporter, Tempo's API and many a script write."""

import re

import duckdb

from hotspan_collector import schema
from hotspan_collector.importers import json_documents
from hotspan_collector.importers.lines import load_lines, open_lines
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.span_contents import MAX_VALUE_LENGTH


def _columns(value: str, span: str, resource_spans: str, top: tuple[str, ...]) -> dict[str, str]:
    """An OTLP document as DuckDB types; what is not named here is not even parsed into a value."""
    attributes = f'struct("key" varchar, "value" struct({value}))[]'
    spans = (
        f"struct({span}, name varchar, kind varchar, attributes {attributes}, status struct(code varchar), "
        f"events struct(name varchar, attributes {attributes})[])[]"
    )
    scopes = f"struct(scope struct(name varchar), instrumentationLibrary struct(name varchar), spans {spans})[]"
    resources = f"struct(resource struct(attributes {attributes}), {resource_spans.format(scopes)})[]"
    return dict.fromkeys(top, resources) | {"trace": f"struct({', '.join(f'{name} {resources}' for name in top)})"}


COLUMNS = _columns(
    value="stringValue varchar, intValue varchar, doubleValue varchar, boolValue varchar, arrayValue json, "
    "kvlistValue json, bytesValue varchar",
    span="traceId varchar, spanId varchar, parentSpanId varchar, startTimeUnixNano varchar, endTimeUnixNano varchar",
    resource_spans="scopeSpans {0}, instrumentationLibrarySpans {0}",
    top=("resourceSpans", "batches"),
)
"""As the specification has it."""

SNAKE_COLUMNS = _columns(
    value="string_value varchar, int_value varchar, double_value varchar, bool_value varchar, array_value json, "
    "kvlist_value json, bytes_value varchar",
    span="trace_id varchar, span_id varchar, parent_span_id varchar, start_time_unix_nano varchar, "
    "end_time_unix_nano varchar",
    resource_spans="scope_spans {0}",
    top=("resource_spans",),
)
"""As protobuf's MessageToDict has it in Python."""

_SNAKE = re.compile(rb'"(resource|scope)_spans"')


def read(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[Skipped, ...]:
    """Makes the temporary table file_spans of a file; returns what in it is no span, by line.

    Raises duckdb.Error when the file is damaged, or when it is one document that is damaged.
    """
    columns, spelling = (SNAKE_COLUMNS, "snake") if _SNAKE.search(source.head) else (COLUMNS, "camel")
    layout = json_documents.open_documents(connection, source, columns)
    connection.execute(schema.read(f"otlp_resources_{spelling}"))
    bound = {"worker": source.worker, "max_value_length": MAX_VALUE_LENGTH}
    json_documents.read(connection, source, "file_spans_otlp", bound)
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
