"""The receiver's queue: bodies wait, bounded, until they are sealed, and only then are acknowledged.

Bodies that come while others are being sealed are sealed together. What was acknowledged is in the inbox, synced to
the disk, and survives kill -9; what was not is sent again by the client.
"""

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass

import duckdb

from hotspan_collector import database, merge
from hotspan_collector.errors import HotspanError
from hotspan_collector.layout import Layout
from hotspan_collector.receiver_journal import REMEMBERED_S, Journal, Kept
from hotspan_collector.receiver_sealing import Body, NotOtlpError, Sealer
from hotspan_collector.retention import Retention
from hotspan_collector.settings import Settings

MAX_WAITING_BYTES = 256 * 1024**2
"""Bodies that wait to be sealed; beyond it clients are asked to come back."""

MAX_SEALED_BYTES = 32 * 1024**2
"""Bodies that are sealed into one segment: bounds memory, and how long the first of them waits."""

MAX_REMEMBERED = 100_000
"""Bodies that are known to be stored; a client that sends one of them again is told so, and nothing is stored twice."""

_log = logging.getLogger("hotspan")


class FullError(Exception):
    """So much waits that nothing more is taken now."""


class NotStoredError(Exception):
    """A body that is not on the disk, through no fault of its own."""


@dataclass(slots=True)
class _Waiting:
    body: Body
    outcome: "Future[Kept]"


class Intake:
    """Takes bodies from any thread, seals them in one of its own, and merges in another: acknowledging never waits."""

    def __init__(self, settings: Settings, max_waiting_bytes: int = MAX_WAITING_BYTES) -> None:
        self.spans = 0
        self.failing: str | None = None
        self._layout = Layout(settings.store)
        self._settings = settings
        self._max_waiting_bytes = max_waiting_bytes
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._known: OrderedDict[str, tuple[float, Future[Kept]]] = OrderedDict()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._seal, self._merge)]

    def start(self) -> None:
        """Makes the store and begins; raises StoreError where there can be none."""
        try:
            self._layout.make()
        except OSError as error:
            raise database.explained(error, self._layout.root) from error
        self._sealer = Sealer(self._layout)
        for digest, kept in Journal(self._layout).recall().items():
            self._remember(digest).set_result(kept)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Seals what waits, merges, and ends."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        for thread in self._threads:
            thread.join()

    def take(self, body: Body) -> "Future[Kept]":
        """Queues a body; the future is done when it is on the disk, or fails with NotOtlpError or NotStoredError.

        A body that was taken before is not taken again. Raises FullError when too much waits already.
        """
        with self._changed:
            if body.digest in self._known:
                return self._known[body.digest][1]
            if self._stopping.is_set() or (
                self._waiting and self._waiting_bytes + body.size_bytes > self._max_waiting_bytes
            ):
                raise FullError
            waiting = _Waiting(body, self._remember(body.digest))
            self._waiting.append(waiting)
            self._waiting_bytes += body.size_bytes
            self._changed.notify()
        return waiting.outcome

    def _remember(self, digest: str) -> "Future[Kept]":
        now_s = time.monotonic()
        while self._known and (
            len(self._known) >= MAX_REMEMBERED or next(iter(self._known.values()))[0] < now_s - REMEMBERED_S
        ):
            self._known.popitem(last=False)
        outcome: Future[Kept] = Future()
        self._known[digest] = (now_s, outcome)
        return outcome

    def _next(self) -> list[_Waiting]:
        """The bodies to seal next, when there are some; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping.is_set())
            taken, size_bytes = 0, 0
            while taken < len(self._waiting) and (not taken or size_bytes < MAX_SEALED_BYTES):
                size_bytes += self._waiting[taken].body.size_bytes
                taken += 1
            batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch

    def _seal(self) -> None:
        with contextlib.closing(self._sealer):
            while batch := self._next():
                outcomes = self._sealer.seal([each.body for each in batch])
                with self._changed:
                    self._waiting_bytes -= sum(each.body.size_bytes for each in batch)
                for waiting, outcome in zip(batch, outcomes, strict=True):
                    self._tell(waiting, outcome)

    def _tell(self, waiting: _Waiting, outcome: Kept | Exception) -> None:
        if isinstance(outcome, Kept):
            self.failing = None
            self.spans += outcome.spans
            waiting.outcome.set_result(outcome)
            return
        with self._changed:
            self._known.pop(waiting.body.digest, None)  # what is not stored may be sent again
        if isinstance(outcome, NotOtlpError):
            waiting.outcome.set_exception(outcome)
            return
        self.failing = str(outcome).partition("\n")[0]
        _log.warning("hotspan cannot write to %s: %s", self._layout.inbox, self.failing)
        waiting.outcome.set_exception(NotStoredError(self.failing))

    def _merge(self) -> None:
        keep = Retention(self._settings.retention_days, self._settings.retention_bytes)
        while not self._stopping.wait(self._settings.merge_interval_s):
            self._merge_once(keep)
        self._threads[0].join()  # what the other thread sealed last is merged too
        self._merge_once(keep)

    def _merge_once(self, keep: Retention) -> None:
        """With a DuckDB of its own each time: what one merge breaks, or keeps of its memory, the next one has not."""
        try:
            with contextlib.closing(
                database.memory(threads=1, memory_limit_bytes=self._settings.memory_limit_bytes)
            ) as connection:
                merge.merge(self._layout, connection, keep=keep)
        except (HotspanError, OSError, duckdb.Error) as error:
            _log.warning("hotspan cannot merge what arrived, it goes on waiting: %s", error)
