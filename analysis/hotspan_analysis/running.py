"""Running a statement so that Ctrl-C ends it: DuckDB itself looks for signals too rarely, or never."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotspan_collector.errors import HotspanError

if TYPE_CHECKING:
    import duckdb

_LOOK_EVERY_S = 0.2
"""How often the waiting thread wakes up: a signal that the system gave to another thread is only seen then."""


class Run:
    """One statement in a thread of its own."""

    def __init__(
        self,
        connection: "duckdb.DuckDBPyConnection",
        statement: "str | duckdb.Statement",
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._parameters = None if parameters is None else dict(parameters)
        self._done = threading.Event()  # Thread.join, once interrupted, takes the thread for finished (CPython 3.11)
        self._error: BaseException | None = None
        self._columns: tuple[str, ...] = ()
        self._rows: list[tuple[Any, ...]] = []

    def result(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The column names and the rows; raises what DuckDB raised, or KeyboardInterrupt as soon as it has stopped.

        When the memory limit is too low that is a HotspanError that says so.
        """
        threading.Thread(target=self._work, daemon=True).start()
        try:
            while not self._done.wait(_LOOK_EVERY_S):
                pass
        except BaseException:
            self._connection.interrupt()
            self._done.wait()
            raise
        if self._error is not None:
            raise self._error
        return self._columns, self._rows

    def _work(self) -> None:
        try:
            self._connection.execute(self._statement, self._parameters)
            self._columns = tuple(each[0] for each in self._connection.description or ())
            self._rows = self._connection.fetchall()
        except BaseException as error:  # noqa: BLE001  # raised again by whoever waits for the result
            self._error = _told(error)
        finally:
            self._done.set()


def _told(error: BaseException) -> BaseException:
    if type(error).__name__ != "OutOfMemoryException":  # by name: importing duckdb is for those who have a connection
        return error
    told = HotspanError(
        "the answer needs more memory than HOTSPAN_MEMORY_LIMIT_BYTES allows: raise it, or ask about a shorter window"
    )
    told.__cause__ = error
    return told
