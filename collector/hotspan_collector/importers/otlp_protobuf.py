"""OTLP protobuf files: one TracesData, or messages one after the other as the Collector's file exporter writes them.

Where those messages are JSON, they are read as JSON.
"""

import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from hotspan_collector import schema
from hotspan_collector.arrow_columns import Table
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers import framed_json, otlp_json
from hotspan_collector.importers.source import Source, Stream
from hotspan_collector.importers.summary import Skipped
from hotspan_collector.otlp_messages import TYPES, message_columns

if TYPE_CHECKING:
    import duckdb
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans


BATCH_SPANS = 20_000
"""Spans that are taken out of messages before DuckDB is given them: bounds memory."""

NEEDS = 'OTLP protobuf needs more packages: pip install "hotspan[receiver]"'


def read(connection: "duckdb.DuckDBPyConnection", source: Source) -> tuple[Skipped, ...]:
    """Makes the temporary table file_spans of a file.

    Raises BadInputError when the packages are missing, and with the position when the file is damaged.
    """
    framed = not source.head.startswith(b"\n")
    with _explained(source):
        if framed and framed_json.holds_json(source):
            with framed_json.as_lines(source) as lines:
                return otlp_json.read(connection, lines)
        connection.execute(schema.read("file_spans_tables"))
        with closing(source.open()) as stream:
            for batch in _batches(_parsed(stream, framed)):
                connection.register("message_spans", Table(message_columns([(None, batch)]), TYPES))
                connection.execute(schema.read("file_spans_messages"), {"worker": source.worker})
                connection.unregister("message_spans")
    return ()


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """What can be wrong with such a file, as one line."""
    try:
        from hotspan_collector.importers.protobuf_stream import DamagedError
    except ImportError as error:
        raise BadInputError(f"{source.path}: {NEEDS}") from error
    try:
        yield
    except ImportError as error:
        raise BadInputError(f"{source.path}: {NEEDS}") from error
    except DamagedError as error:
        raise BadInputError(f"{source.path}: {error}; nothing was imported") from error
    except (EOFError, zlib.error, OSError) as error:
        raise BadInputError(f"{source.path}: damaged {source.compression}: {error}; nothing was imported") from error


def _parsed(stream: Stream, framed: bool) -> "Iterator[ResourceSpans]":
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, TracesData

    from hotspan_collector.importers.protobuf_stream import DamagedError, frames, resource_spans

    for position, content in frames(stream) if framed else resource_spans(stream):
        try:
            found = TracesData.FromString(content).resource_spans if framed else [ResourceSpans.FromString(content)]
        except DecodeError as error:
            raise DamagedError(f"the message at byte {position} is damaged") from error
        yield from found


def _batches(messages: "Iterator[ResourceSpans]") -> "Iterator[list[ResourceSpans]]":
    batch: list[Any] = []
    spans = 0
    for message in messages:
        batch.append(message)
        spans += sum(len(scope.spans) for scope in message.scope_spans)
        if spans >= BATCH_SPANS:
            yield batch
            batch, spans = [], 0
    yield batch
