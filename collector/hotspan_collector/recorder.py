"""The recorder: rows of one process on their way to the store, in memory until they are sealed.

What runs on a request's path is an append to a deque and a dict. Everything else (deriving, hashing, sealing, merging)
runs in one daemon thread, which sleeps while there is nothing to do. DuckDB is imported by the first flush.
"""

import itertools
import os
import secrets
import socket
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspan_collector import exits
from hotspan_collector.losses import Losses
from hotspan_collector.record import RequestRecord
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from hotspan_collector.sealing import Sealing

SEAL_ROWS = 10_000
"""So many rows are sealed at once, without waiting for the interval."""

REST_AFTER_S = 30.0
"""After so long without work DuckDB's memory is given back."""

FORK_WAIT_S = 10.0
"""How long a fork waits for a flush under way, so that the child inherits no lock of DuckDB's held by no thread."""


class Recorder:
    """Takes the requests and spans of this process and brings them to the store of its settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.captures = False
        """Whether the middleware counts this process's requests, so that no SERVER span is counted as one too."""
        self._held_for_fork = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        """A new process (this one, or a forked child): its own number, empty buffers, no thread, nothing open."""
        self.worker = secrets.randbits(63)
        self.instance = f"{socket.gethostname()}:{os.getpid()}"
        self.open: dict[int, RequestRecord] = {}
        self.losses = Losses()
        self.next_seq = itertools.count(1).__next__
        self._requests: deque[RequestRecord] = deque()
        self._spans: deque[ReadableSpan] = deque()
        self._flushing = threading.RLock()
        self._starting = threading.Lock()
        self._work = threading.Event()
        self._now = threading.Event()
        self._idle = True
        self._thread: threading.Thread | None = None
        self._sealing: Sealing | None = None

    def begin(self, record: RequestRecord) -> None:
        """A request has started."""
        self.open[record.seq] = record
        if self._idle:
            self._rouse()

    def finish(self, record: RequestRecord) -> None:
        """A request has ended."""
        self.open.pop(record.seq, None)
        waiting = len(self._requests)
        if waiting >= self.settings.max_buffered_requests:
            self.losses.add("buffer_full", "requests")
            return
        self._requests.append(record)
        if waiting == SEAL_ROWS:
            self._now.set()
        if self._idle:
            self._rouse()

    def add_spans(self, spans: Sequence["ReadableSpan"]) -> None:
        """Spans have ended."""
        room = self.settings.max_buffered_spans - len(self._spans)
        if len(spans) > room:
            self.losses.add("buffer_full", "spans", len(spans) - max(room, 0))
            spans = spans[: max(room, 0)]
        self._spans.extend(spans)
        if len(self._spans) >= min(SEAL_ROWS, self.settings.max_buffered_spans // 2):
            self._now.set()
        if self._idle:
            self._rouse()

    def flush(self, merge: bool | None = None) -> None:
        """Seals what is buffered and writes down what is in flight; merges if asked to, or (None) if it is time.

        Safe from any thread. Never raises for what the disk or the database does: rows stay buffered, within bounds.
        """
        with exits.postponed(), self._flushing:
            if self._sealing is None:
                from hotspan_collector.sealing import Sealing  # loads DuckDB, which the host may never need

                self._sealing = Sealing(self)
            self._sealing.flush(merge)

    def close(self) -> None:
        """The last flush, merged; the thread ends. New traffic starts it again."""
        with self._starting:
            thread, self._thread, self._idle = self._thread, None, True
        self._work.set()
        self._now.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=30)
        if self._has_work() or self._sealing is not None:
            self.flush(merge=True)

    def before_fork(self) -> None:
        """Called in the thread that forks."""
        self._held_for_fork = self._flushing.acquire(timeout=FORK_WAIT_S)

    def after_fork_in_parent(self) -> None:
        """Called when the child is there."""
        if self._held_for_fork:
            self._flushing.release()

    def after_fork_in_child(self) -> None:
        """The child records for itself; what the parent had in memory is the parent's to write."""
        _inherited.append(self._sealing)  # never used, never destroyed: its DuckDB belongs to the parent
        self._begin_anew()

    def take_requests(self) -> list[RequestRecord]:
        """The finished requests, no longer buffered; `give_back` undoes it."""
        return _drain(self._requests)

    def take_spans(self) -> list["ReadableSpan"]:
        """The ended spans, no longer buffered."""
        return _drain(self._spans)

    def give_back_requests(self, records: Sequence[RequestRecord]) -> None:
        """Takes requests up again that could not be sealed; what does not fit is lost, and counted."""
        self._give_back("requests", self._requests, records, self.settings.max_buffered_requests)

    def give_back_spans(self, spans: Sequence["ReadableSpan"]) -> None:
        """The same for spans."""
        self._give_back("spans", self._spans, spans, self.settings.max_buffered_spans)

    def _give_back(self, what: str, buffer: deque[Any], rows: Sequence[Any], bound: int) -> None:
        room = max(bound - len(buffer), 0)
        if len(rows) > room:
            self.losses.add("buffer_full", what, len(rows) - room)
        buffer.extendleft(reversed(rows[:room]))

    def _has_work(self) -> bool:
        return bool(
            self._requests
            or self._spans
            or self.open
            or self.losses
            or (self._sealing is not None and self._sealing.unmerged)
        )

    def _rouse(self) -> None:
        with self._starting:
            if self._thread is None:
                exits.before_forked_exit(self.close)
                self._thread = threading.Thread(target=self._run, name="hotspan", daemon=True)
                self._thread.start()
            self._idle = False
        self._work.set()

    def _run(self) -> None:
        thread = threading.current_thread()
        while self._thread is thread:
            if not self._has_work():
                self._idle = True
                if not self._has_work():  # asked again: work may have come before it could see that we are idle
                    self._sleep()
            self._idle = False
            self._work.clear()
            self._now.wait(self.settings.flush_interval_s)
            self._now.clear()
            if self._thread is thread:
                self.flush()

    def _sleep(self) -> None:
        """Until there is work; without DuckDB's memory if that takes a while."""
        if not self._work.wait(REST_AFTER_S):
            with self._flushing:
                if self._sealing is not None:
                    self._sealing.rest()
            self._work.wait()


def _drain(buffer: deque[Any]) -> list[Any]:
    """Takes one by one what is there now: each step is atomic, so that a request's thread may append meanwhile."""
    return [buffer.popleft() for _ in range(len(buffer))]


_recorders: dict[Path, Recorder] = {}
_inherited: list[object] = []
_finding = threading.Lock()


def recorder_for(settings: Settings) -> Recorder:
    """The one recorder of this process for a store; the settings of whoever asks first count."""
    store = Path(os.path.abspath(settings.store))  # noqa: PTH100  # resolve() would ask the disk
    with _finding:
        if not _recorders:
            exits.before_exit(_close_all)
        return _recorders.setdefault(store, Recorder(settings))


def forget(recorder: Recorder) -> None:
    """Closes a recorder for good: whoever records into its store after that gets a new one."""
    recorder.close()
    with _finding:
        for store in [each for each, known in _recorders.items() if known is recorder]:
            del _recorders[store]


def _close_all() -> None:
    for recorder in list(_recorders.values()):
        recorder.close()


def _before_fork() -> None:
    _finding.acquire()
    for recorder in _recorders.values():
        recorder.before_fork()


def _after_fork_in_parent() -> None:
    for recorder in _recorders.values():
        recorder.after_fork_in_parent()
    _finding.release()


def _after_fork_in_child() -> None:
    for recorder in _recorders.values():
        recorder.after_fork_in_child()
    _finding.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
