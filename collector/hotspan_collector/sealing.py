"""Sealing: from the recorder's buffers to files in the store. This side of the recorder knows DuckDB."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from hotspan_collector import database, merge, schema, segments, snapshots
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.guard import guarded
from hotspan_collector.layout import Layout
from hotspan_collector.losses import Loss
from hotspan_collector.secret import Secret, secret_of
from hotspan_collector.segments import Segment

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder

MEMORY_LIMIT_BYTES = 256 * 1024**2
"""For sealing and merging together: the host app's memory comes first."""

MERGE_BUDGET_S = 1.0
"""A worker merges for about so long, then flushes again; readers merge the rest."""

SEGMENT_ROWS = 20_000
"""Rows a segment at most: bounds how long one statement works on Python's objects, holding up the app's threads."""

LOSS_TYPES = {
    "worker": "ubigint",
    "service": "varchar",
    "instance": "varchar",
    "reason": "varchar",
    "what": "varchar",
    "rows": "bigint",
    "first_ns": "bigint",
    "last_ns": "bigint",
}

_TROUBLES = (OSError, StoreError, duckdb.OperationalError, duckdb.FatalException, duckdb.InternalException)
"""What the disk or the database does to us; anything else is a mistake of ours."""

_log = logging.getLogger("hotspan")


class Sealing:
    """What a recorder needs to write: its store, its secret, and one DuckDB in memory. Not safe for several threads."""

    def __init__(self, recorder: "Recorder") -> None:
        self.recorder = recorder
        self.layout = Layout(recorder.settings.store)
        self.unmerged = False
        """Whether segments of ours may wait in the inbox."""
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._secret: Secret | None = None
        self._sealed_ns = 0
        self._merge_at_s = time.monotonic() + recorder.settings.merge_interval_s
        self._snapshot: Path | None = None
        self._troubles: dict[str, str] = {}

    def flush(self, merge: bool | None) -> None:
        """Seals, writes down what is in flight, merges; each goes on when another fails."""
        for place, step in (
            ("sealing requests", self._seal_requests),
            ("sealing spans", self._seal_spans),
            ("sealing losses", self._seal_losses),
            ("writing down requests in flight", self._write_snapshot),
        ):
            with guarded(place):
                self._try(place, step)
        due = self.unmerged and time.monotonic() >= self._merge_at_s
        if merge if merge is not None else due:
            with guarded("merging"):
                self._try("merging", self._merge)

    def _try(self, place: str, step: Callable[[], None]) -> None:
        """Says once what keeps us from writing, and once that it is over. Other errors are the caller's."""
        try:
            step()
        except StoreBusyError:
            pass  # somebody reads or merges; the next flush tries again
        except _TROUBLES as error:
            self._forget_connection()  # DuckDB refuses all further work after a fatal error
            told = str(error).partition("\n")[0]
            if place not in self._troubles:
                _log.warning("hotspan has trouble %s in %s, rows wait in memory: %s", place, self.layout.root, told)
            self._troubles[place] = told
        else:
            if self._troubles.pop(place, None) is not None:
                _log.warning("hotspan is over its trouble %s in %s", place, self.layout.root)

    def _seal_requests(self) -> None:
        recorder = self.recorder
        if not (taken := recorder.take_requests()):
            return
        from hotspan_collector import request_rows

        self._seal(
            "requests",
            taken,
            lambda records: request_rows.request_columns(records, recorder),
            request_rows.TYPES,
            recorder.give_back_requests,
        )

    def _seal_spans(self) -> None:
        recorder = self.recorder
        if not (taken := recorder.take_spans()):
            return
        from hotspan_collector import span_rows

        self._seal(
            "spans",
            taken,
            lambda spans: span_rows.span_columns(spans, recorder),
            span_rows.TYPES,
            recorder.give_back_spans,
        )

    def _seal_losses(self) -> None:
        losses = self.recorder.losses
        if losses:
            self._seal("losses", losses.take(), _loss_columns, LOSS_TYPES, losses.give_back)

    def _seal(
        self,
        table: str,
        rows: Sequence[Any],
        columns_of: Callable[[Any], Mapping[str, Sequence[Any]]],
        types: Mapping[str, str],
        give_back: Callable[[Any], None],
    ) -> None:
        for start in range(0, len(rows), SEGMENT_ROWS):
            part = rows[start : start + SEGMENT_ROWS]
            self._sealed_ns = max(self._sealed_ns + 1, time.time_ns())
            segment = Segment(self._sealed_ns, self.recorder.worker, table, len(part))
            try:
                self._write(table, columns_of(part), types, self.layout.inbox / segment.name)
            except _TROUBLES:
                give_back(rows[start:])
                raise
            except Exception:
                self.recorder.losses.add("unsealable", table, len(part))
                give_back(rows[start + len(part) :])
                raise
            self.unmerged = True

    def _write_snapshot(self) -> None:
        from hotspan_collector import request_rows

        records = list(self.recorder.open.values())
        if not records:
            if self._snapshot is not None:
                self._snapshot.unlink(missing_ok=True)
                self._snapshot = None
            return
        columns = request_rows.request_columns(records, self.recorder)
        self._snapshot = snapshots.path_of(self.layout.open, self.recorder.worker)
        self._write("requests", columns, request_rows.TYPES, self._snapshot)

    def _write(self, table: str, columns: Mapping[str, Sequence[Any]], types: Mapping[str, str], target: Path) -> None:
        if self._secret is None:
            self.layout.make()
            self._secret = secret_of(self.layout.root)
        settings = self.recorder.settings
        constants = {
            "worker": self.recorder.worker,
            "service": settings.service,
            "service_version": settings.service_version,
            "instance": self.recorder.instance,
            "captured": self.recorder.captures,
            "inner_block": self._secret.inner_block,
            "outer_block": self._secret.outer_block,
            "salt": self._secret.salt,
        }
        segments.seal(self._connected(), schema.read(f"seal_{table}"), columns, types, constants, target)

    def _merge(self) -> None:
        self._merge_at_s = time.monotonic() + self.recorder.settings.merge_interval_s
        if self.layout.exists() and merge.merge(self.layout, self._connected(), MERGE_BUDGET_S):
            self.unmerged = False

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = database.memory(threads=1, memory_limit_bytes=MEMORY_LIMIT_BYTES)
        return self._connection

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _loss_columns(losses: Sequence[Loss]) -> dict[str, list[Any]]:
    return {
        name: [getattr(loss, name) for loss in losses] for name in ("reason", "what", "rows", "first_ns", "last_ns")
    }
