"""A store directory: the way to read it, to write into it beside the app's workers, and to prune it."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import duckdb

from hotspan_collector import database, merge, retention, schema, segments, snapshots, undo
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.layout import Layout
from hotspan_collector.retention import Pruned, Retention

WAIT_S = 10.0
"""How long one waits for whoever has the database open; a merge takes well under a second."""

MERGE_BUDGET_S = 10.0
"""For so long a reader merges, some 10,000 segments; then it reads what is there."""

_MERGE_WAIT_S = 0.5
"""How long a reader tries to get the store for itself while segments wait: readers in a loop must not starve merging."""

STALE_S = 10.0
"""Segments that have waited for so long are missed by whoever reads; younger ones come with every second of a busy app."""

_PAUSE_S = 0.005
_Opened = TypeVar("_Opened")
_log = logging.getLogger("hotspan")


class Store:
    """A store, by its directory. Nothing is opened or made before it is used."""

    def __init__(self, path: Path | str) -> None:
        self.layout = Layout(Path(path))

    @contextlib.contextmanager
    def reading(self, *, locked_down: bool = False, wait_s: float = WAIT_S) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the relations requests, spans, losses, segments and meta; keep it briefly.

        What waits is merged first where possible. `requests` holds the requests in flight too (end_ns null), each
        request once. While the block runs nobody can merge, and segments wait. `locked_down` is for SQL of a user's
        own: it can neither write, nor reach files or the network. Raises StoreBusyError after `wait_s`, StoreError
        when there is no store or it cannot be used.
        """
        self._must_exist()
        with contextlib.closing(database.reader()) as connection:
            # First what is in flight, then the merge: a request that ends in between is seen once, as one or the other.
            in_flight = _load_in_flight(connection, self.layout)
            self._merge(connection)
            with self._locked_whole(wait_s), contextlib.ExitStack() as stack:
                path = self.layout.database
                _patiently(lambda: stack.enter_context(database.attached(connection, path, read_only=True)), wait_s)
                _define_views(connection, in_flight)
                if locked_down:
                    connection.execute(schema.read("lock_down"))
                yield connection

    @contextlib.contextmanager
    def writing(self, *, wait_s: float = WAIT_S) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the database itself, to add rows of other origin; transactions are the caller's.

        The store is made if there is none. While the block runs nobody reads or merges. Raises as `reading` does.
        """
        try:
            self.layout.make()
        except OSError as error:
            raise database.explained(error, self.layout.root) from error
        with self._locked(shared=False, wait_s=wait_s), contextlib.ExitStack() as stack:
            if not self.layout.database.exists():
                with contextlib.closing(database.memory()) as memory:
                    database.create(memory, self.layout.database)
            yield _patiently(lambda: stack.enter_context(database.opened(self.layout.database)), wait_s)

    @contextlib.contextmanager
    def deriving(self, *, wait_s: float = WAIT_S) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to work out rows from rows: the store's tables under their plain names, temporary ones beside them.

        What waits is merged first. Keep it briefly: while the block runs nobody reads or merges. Transactions are the
        caller's. Raises as `reading`.
        """
        self._must_exist()
        with contextlib.closing(database.reader()) as connection:
            self._merge(connection)
            with self._locked(shared=False, wait_s=wait_s), contextlib.ExitStack() as stack:
                path = self.layout.database
                _patiently(lambda: stack.enter_context(database.attached(connection, path, read_only=False)), wait_s)
                stack.enter_context(database.using(connection, database.NAME))
                yield connection

    def prune(self, keep: Retention, *, compact: bool = True, wait_s: float = WAIT_S) -> Pruned:
        """Deletes what is too old or too much; `compact` rewrites the file, so that the disk gets all of it back."""
        self._must_exist()
        with contextlib.closing(database.memory()) as connection:
            self._merge(connection)
            with self._locked(shared=False, wait_s=wait_s):
                return retention.prune(self.layout, connection, keep, compact=compact)

    def _must_exist(self) -> None:
        try:
            exists = self.layout.exists()
        except OSError as error:
            raise database.explained(error, self.layout.root) from error
        if not exists:
            raise StoreError(
                f"there is no store at {self.layout.root}: start an app with hotspan, or name another store"
            )

    def _merge(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Merges what can be merged in a while, and says so if the newest rows are missing in what is read then."""
        began_s = time.monotonic()
        try:
            if self._merged(connection, began_s + _MERGE_WAIT_S):
                return
        except StoreBusyError:
            return  # told by whoever opens the database next, if it stays so
        except (StoreError, OSError) as error:
            told = database.explained(error, self.layout.root)
            if not self.layout.database.exists():
                raise told from error
            self._tell_of_waiting(str(told))
        else:
            if time.monotonic() - began_s >= MERGE_BUDGET_S:
                self._tell_of_waiting(f"it takes longer than {MERGE_BUDGET_S:.0f} s; ask again for the rest")
            else:
                self._tell_of_waiting("others keep the store in use; ask again for the rest", older_than_s=STALE_S)

    def _merged(self, connection: duckdb.DuckDBPyConnection, deadline_s: float) -> bool:
        """Whether all is merged; it begins no more after the deadline."""
        while not merge.merge(self.layout, connection, budget_s=MERGE_BUDGET_S):
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_PAUSE_S)
        return True

    def _tell_of_waiting(self, why: str, older_than_s: float = 0.0) -> None:
        since_ns = time.time_ns() - int(older_than_s * 1e9)
        if waiting := [each for each in segments.waiting(self.layout.inbox) if each.sealed_ns <= since_ns]:
            _log.warning("hotspan has not merged %d segments, so the newest rows are missing: %s", len(waiting), why)

    @contextlib.contextmanager
    def _locked_whole(self, wait_s: float) -> Iterator[None]:
        """Shared, and what somebody left who was killed since our own merge is mended."""
        path = self.layout.database
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._locked(shared=True, wait_s=wait_s))
            while undo.is_left(path):
                stack.close()
                with self._locked(shared=False, wait_s=wait_s):
                    try:
                        undo.mend(path)
                    except OSError as error:
                        raise database.explained(error, path) from error
                stack.enter_context(self._locked(shared=True, wait_s=wait_s))
            yield

    @contextlib.contextmanager
    def _locked(self, *, shared: bool, wait_s: float) -> Iterator[None]:
        deadline = time.monotonic() + wait_s
        with contextlib.ExitStack() as stack:
            while not self._enter_lock(stack, shared=shared):
                stack.close()
                if time.monotonic() > deadline:
                    raise StoreBusyError(f"{self.layout.root} has been in use for {wait_s:.0f} s: try again")
                time.sleep(_PAUSE_S)
            yield

    def _enter_lock(self, stack: contextlib.ExitStack, *, shared: bool) -> bool:
        try:
            return stack.enter_context(self.layout.lock(shared=shared))
        except OSError as error:
            raise database.explained(error, self.layout.root) from error


def _patiently(open_it: Callable[[], _Opened], wait_s: float) -> _Opened:
    """Tries again while another program has the database open; raises the last StoreBusyError after `wait_s`."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return open_it()
        except StoreBusyError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_S)


def _load_in_flight(connection: duckdb.DuckDBPyConnection, layout: Layout) -> bool:
    """Fills the temporary table in_flight_requests, unless there are none."""
    found = snapshots.found(layout.open)
    if len(snapshots.load(connection, found)) == len(found):
        return False
    connection.execute("alter table snapshot_requests rename to in_flight_requests")  # merging fills it anew
    return True


def _define_views(connection: duckdb.DuckDBPyConnection, in_flight: bool) -> None:
    schema.define_views(connection)
    if in_flight:
        (since_ns,) = connection.execute("select min(start_ns) from in_flight_requests").fetchall()[0]
        connection.execute(schema.read("open_requests"), {"since_ns": since_ns})
        connection.execute(schema.read("view_with_open"))
