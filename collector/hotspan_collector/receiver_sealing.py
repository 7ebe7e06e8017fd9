"""Posted batches become a segment: together, synced to the disk, and each told how many of its spans were no good."""

import dataclasses
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from hotspan_collector import database, schema, span_contents
from hotspan_collector.arrow_columns import Table
from hotspan_collector.importers.otlp_json import COLUMNS
from hotspan_collector.layout import Layout
from hotspan_collector.otlp_messages import TYPES, message_columns
from hotspan_collector.receiver_journal import Journal, Kept
from hotspan_collector.secret import secret_of
from hotspan_collector.segments import Segment
from hotspan_collector.span_contents import MAX_VALUE_LENGTH

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

MEMORY_LIMIT_BYTES = 1024**3

RENEW_AFTER = 200
"""So many seals a DuckDB lives, as in writer.py: it may keep a little of each until it is closed."""

_DRAFT = ".receiving"
_STALE_S = 3600.0


class NotOtlpError(Exception):
    """A body that is no OTLP document."""


@dataclass(frozen=True, slots=True)
class Body:
    """One posted body: the text of a JSON document, or the messages of a protobuf one; `digest` names its bytes."""

    content: "str | Sequence[ResourceSpans]"
    size_bytes: int
    digest: str


class Sealer:
    """Writes segments of posted spans into a store's inbox. For one thread."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._journal = Journal(layout)
        self._secret = dataclasses.asdict(secret_of(layout.root))
        self._connection = _connection()
        self._seals = 0
        self._sealed_ns = 0
        _forget_drafts(layout.inbox)

    def close(self) -> None:
        self._connection.close()

    def seal(self, bodies: Sequence[Body]) -> list[Kept | Exception]:
        """Makes one segment of all bodies, or one of each where one is at fault; what became of each.

        NotOtlpError for a body that is none. Any other error means that the body is not on the disk.
        """
        self._seals += 1
        if self._seals % RENEW_AFTER == 0:
            self._connection.close()
            self._connection = _connection()
        try:
            return self._seal_together(bodies)
        except (duckdb.Error, OSError) as error:
            if len(bodies) == 1:
                return [_fault(error)]
            return [outcome for body in bodies for outcome in self.seal([body])]

    def _seal_together(self, bodies: Sequence[Body]) -> list[Kept | Exception]:
        worker = secrets.randbits(63)  # a segment of posted spans has a number of its own, as a file has
        invalid = self._read_json(
            worker, {place: b.content for place, b in enumerate(bodies) if isinstance(b.content, str)}
        )
        self._read_messages(
            worker, {place: b.content for place, b in enumerate(bodies) if not isinstance(b.content, str)}
        )
        kept = {place: Kept(spans, rejected) for place, spans, rejected in self._query("posted_counts")}
        if any(each.spans for each in kept.values()):
            self._write(worker, {bodies[place].digest: each for place, each in kept.items()})
        return [
            NotOtlpError("no JSON object") if place in invalid else kept.get(place, Kept(0, 0))
            for place in range(len(bodies))
        ]

    def _read_json(self, worker: int, texts: Mapping[int, str]) -> set[int]:
        """Fills file_spans with the spans of JSON bodies; returns which bodies are no JSON."""
        if not texts:
            self._connection.execute(schema.read("file_spans_tables"))
            return set()
        columns: dict[str, list[Any]] = {"document": list(texts), "body": list(texts.values())}
        self._connection.register("posted_bodies", Table(columns, {"document": "bigint", "body": "varchar"}))
        self._connection.execute(schema.read("posted_documents"))
        self._connection.execute(schema.read("otlp_resources_camel"))
        bound = {"worker": worker, "max_value_length": MAX_VALUE_LENGTH}
        self._connection.execute(schema.read("file_spans_otlp"), bound)
        self._connection.execute("delete from file_spans where is_hole")
        invalid = {place for (place,) in self._query("posted_invalid")}
        self._connection.unregister("posted_bodies")
        return invalid

    def _read_messages(self, worker: int, messages: "Mapping[int, Sequence[ResourceSpans]]") -> None:
        if messages:
            self._connection.register("message_spans", Table(message_columns(messages.items()), TYPES))
            self._connection.execute(schema.read("file_spans_messages"), {"worker": worker})
            self._connection.unregister("message_spans")

    def _query(self, name: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(schema.read(name)).fetchall()

    def _write(self, worker: int, kept: Mapping[str, Kept]) -> None:
        """The spans in file_spans as a segment in the inbox, on the disk when this returns."""
        self._connection.execute(schema.read("raw_spans"))
        if not self._layout.inbox.is_dir():  # a directory may go, and the secret with it
            self._layout.make()
            self._secret = dataclasses.asdict(secret_of(self._layout.root))
        self._sealed_ns = max(self._sealed_ns + 1, time.time_ns())
        draft = self._layout.inbox / f"{worker:016x}{_DRAFT}"
        query = span_contents.query_of_all()
        try:
            (rows,) = self._connection.execute(
                f"copy ({query}) to $target (format parquet, use_tmp_file false)",  # one of our own queries, its values bound
                self._secret | {"target": str(draft)},
            ).fetchall()[0]
            _sync(draft)
            segment = Segment(self._sealed_ns, worker, "spans", int(rows)).name
            self._journal.note(segment, kept)
            draft.rename(self._layout.inbox / segment)
            _sync(self._layout.inbox)
        finally:
            draft.unlink(missing_ok=True)


def _connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that can read what is posted."""
    connection = database.memory(threads=1, memory_limit_bytes=MEMORY_LIMIT_BYTES)
    connection.execute(schema.read("macros_reading"))
    connection.execute("set variable posted_columns = $columns", {"columns": json.dumps(COLUMNS)})
    return connection


def _sync(path: Path) -> None:
    """What was written there is on the disk afterwards."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget_drafts(inbox: Path) -> None:
    """Removes what a receiver left half written when it was killed: nobody was told that it had arrived."""
    for draft in inbox.glob(f"*{_DRAFT}"):
        if time.time() - draft.stat().st_mtime > _STALE_S:
            draft.unlink(missing_ok=True)


def _fault(error: Exception) -> Exception:
    if isinstance(error, duckdb.InvalidInputException | duckdb.ConversionException | duckdb.OutOfRangeException):
        return NotOtlpError(str(error).partition("\n")[0])
    return error
