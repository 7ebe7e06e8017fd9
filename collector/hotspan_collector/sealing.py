"""Sealing: one flush of a recorder, step by step, each going on when another fails."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from hotspan_collector import database, merge, request_rows, retention, span_rows
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.guard import guarded
from hotspan_collector.in_flight import InFlight
from hotspan_collector.losses import Loss
from hotspan_collector.retention import Retention
from hotspan_collector.span_contents import Contents
from hotspan_collector.writer import Preparation, Writer

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder

MERGE_BUDGET_S = 1.0
"""A worker merges for about so long, then flushes again; readers merge the rest."""

SEGMENT_ROWS = 20_000
"""Rows a segment at most: bounds how long one statement works on Python's objects, holding up the app's threads."""

TRIM_INTERVAL_S = 60.0
"""How often the size of an inbox that nobody can merge is looked at."""

_TROUBLES = (OSError, StoreError, duckdb.OperationalError, duckdb.FatalException, duckdb.InternalException)
"""What the disk or the database does to us; anything else is a mistake of ours."""

_LOSS_TYPES = {
    "worker": "ubigint",
    "service": "varchar",
    "instance": "varchar",
    "reason": "varchar",
    "what": "varchar",
    "rows": "bigint",
    "first_ns": "bigint",
    "last_ns": "bigint",
}

_log = logging.getLogger("hotspan")


class Sealing:
    """From the recorder's buffers to the store. For one thread at a time; this side of the recorder knows DuckDB."""

    def __init__(self, recorder: "Recorder") -> None:
        self.unmerged = False
        """Whether segments of ours may wait in the inbox."""
        self._recorder = recorder
        self._writer = Writer(recorder)
        self._contents = Contents()
        self._in_flight = InFlight(recorder, self._writer)
        self._keep = Retention(recorder.settings.retention_days, recorder.settings.retention_bytes)
        self._merge_at_s = time.monotonic() + recorder.settings.merge_interval_s
        self._trim_at_s = 0.0
        self._troubles: set[str] = set()

    def flush(self, merge: bool | None) -> None:
        """Seals what is buffered, writes down what is in flight, and merges: if asked to, or (None) if it is time."""
        is_due = self.unmerged and time.monotonic() >= self._merge_at_s
        steps: list[tuple[str, Callable[[], None]]] = [
            ("sealing requests", self._seal_requests),
            ("sealing spans", self._seal_spans),
            ("sealing losses", self._seal_losses),
            ("writing down the requests in flight", self._in_flight.write),
        ]
        if is_due if merge is None else merge:
            steps.append(("merging", self._merge))
        troubles = {trouble for place, step in steps if (trouble := self._trouble_of(place, step))}
        self._tell(troubles)

    def rest(self) -> None:
        """There has been nothing to do for a while."""
        self._writer.rest()

    def _trouble_of(self, place: str, step: Callable[[], None]) -> str | None:
        """What keeps a step from being done, in one line; None when it is done."""
        with guarded(place):
            try:
                step()
            except StoreBusyError:
                pass  # somebody reads or merges; the next flush tries again
            except _TROUBLES as error:
                self._writer.rest()  # DuckDB refuses all further work after a fatal error
                return str(database.explained(error, self._writer.layout.root))
        return None

    def _tell(self, troubles: set[str]) -> None:
        """Each trouble is logged when it begins, and the end of them once."""
        for trouble in sorted(troubles - self._troubles):
            _log.warning("hotspan cannot write, rows wait: %s", trouble)
        if self._troubles and not troubles:
            _log.warning("hotspan can write again to %s", self._writer.layout.root)
        self._troubles = troubles

    def _seal_requests(self) -> None:
        recorder = self._recorder
        self._seal(
            "requests",
            recorder.take_requests(),
            lambda records: request_rows.request_columns(records, recorder),
            request_rows.TYPES,
            recorder.give_back_requests,
        )

    def _seal_spans(self) -> None:
        recorder = self._recorder
        self._seal(
            "spans",
            recorder.take_spans(),
            lambda spans: span_rows.span_columns(spans, recorder, self._contents),
            span_rows.TYPES,
            recorder.give_back_spans,
            self._contents.teach,
        )

    def _seal_losses(self) -> None:
        losses = self._recorder.losses
        self._seal("losses", losses.take(), _loss_columns, _LOSS_TYPES, losses.give_back)

    def _seal(
        self,
        table: str,
        rows: Sequence[Any],
        columns_of: Callable[[Any], Mapping[str, Sequence[Any]]],
        types: Mapping[str, str],
        give_back: Callable[[Any], None],
        prepare: Preparation | None = None,
    ) -> None:
        for start in range(0, len(rows), SEGMENT_ROWS):
            part = rows[start : start + SEGMENT_ROWS]
            try:
                self._writer.seal(table, columns_of(part), types, prepare)
                self.unmerged = True
            except _TROUBLES:
                give_back(rows[start:])
                raise
            except Exception:  # rows that cannot be sealed now never can
                self._recorder.losses.add("unsealable", table, len(part))
                give_back(rows[start + len(part) :])
                raise

    def _merge(self) -> None:
        self._merge_at_s = time.monotonic() + self._recorder.settings.merge_interval_s
        layout = self._writer.layout
        if not layout.exists():
            return
        try:
            if merge.merge(layout, self._writer.connection, budget_s=MERGE_BUDGET_S, keep=self._keep):
                self.unmerged = False
        except (StoreError, OSError) as error:
            if not layout.exists():  # removed meanwhile, and what it held with it; sealing makes it anew
                return
            if isinstance(error, StoreError):
                self._trim_inbox()
            raise

    def _trim_inbox(self) -> None:
        """What nobody can merge for days must not fill the disk."""
        if time.monotonic() < self._trim_at_s or self._keep.bytes is None:
            return
        self._trim_at_s = time.monotonic() + TRIM_INTERVAL_S
        for segment in retention.trim_inbox(self._writer.layout, self._keep.bytes):
            self._recorder.losses.add("inbox_full", segment.table, segment.rows)


def _loss_columns(losses: Sequence[Loss]) -> dict[str, list[Any]]:
    return {
        name: [getattr(loss, name) for loss in losses] for name in ("reason", "what", "rows", "first_ns", "last_ns")
    }
