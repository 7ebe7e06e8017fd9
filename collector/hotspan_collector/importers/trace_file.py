"""Trace files of every format: their spans, sealed by the SQL that live spans pass through."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from hotspan_collector import schema, span_contents, span_requests
from hotspan_collector.importers import jaeger, otlp_json, otlp_protobuf, own_rows, parquet, zipkin
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped

if TYPE_CHECKING:
    from hotspan_collector.secret import Secret

_READERS: dict[str, Callable[[duckdb.DuckDBPyConnection, Source], tuple[Skipped, ...]]] = {
    "otlp-json": otlp_json.read,
    "otlp-protobuf": otlp_protobuf.read,
    "jaeger": jaeger.read,
    "zipkin": zipkin.read,
    "parquet": parquet.read,
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a trace file holds: rows to store, SERVER spans that do not say their route, and whose rows these are.

    `own_rows` of the rows are restored out of an export of hotspan's own.
    """

    rows: int
    no_route: int
    workers: list[int]
    own_rows: int = 0


def read(connection: duckdb.DuckDBPyConnection, source: Source, format_name: str) -> tuple[Skipped, ...]:
    """Gathers the spans of a file in the temporary table file_spans; returns what was skipped.

    Raises BadInputError or duckdb.Error when the file is damaged.
    """
    skipped = _READERS[format_name](connection, source)
    found = connection.execute(schema.read("spans_skipped")).fetchall()
    return skipped + tuple(Skipped(reason, rows) for reason, rows in found)


def seal(connection: duckdb.DuckDBPyConnection, source: Source, secret: "Secret") -> Sealed:
    """Makes the temporary table segment_spans of what `read` gathered: scrubbed, hashed, with what requests need.

    Rows of hotspan's own export are restored as they are instead, in the tables own_requests, own_spans, own_losses.
    """
    own = own_rows.restore(connection)
    connection.execute(schema.read("raw_spans"))
    (no_route,) = connection.execute(schema.read("spans_without_route")).fetchall()[0]
    query = span_contents.query_of_all()
    (spans,) = connection.execute(
        f"create or replace temp table segment_spans as {query}",  # one of our own queries, its values bound
        dataclasses.asdict(secret),
    ).fetchall()[0]
    connection.execute("drop table file_spans cascade")
    return Sealed(int(spans) + own.rows, int(no_route), [source.worker, *own.workers], own.rows)


def insert(connection: duckdb.DuckDBPyConnection, sealed: Sealed) -> None:
    """Adds what `seal` made to the tables spans, requests and losses."""
    connection.execute(schema.read("import_spans"))
    span_requests.insert(connection)
    if sealed.own_rows:
        connection.execute(schema.read("import_own_rows"))
