"""Running a statement so that Ctrl-C ends it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotspan_collector.errors import HotspanError
from hotspan_collector.interrupts import interruptible

if TYPE_CHECKING:
    import duckdb


_TOO_MUCH = "OutOfMemoryException"
"""By name: importing duckdb is for those who have a connection."""


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

    def result(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The column names and the rows; raises what DuckDB raised, or KeyboardInterrupt as soon as it has stopped.

        When the memory limit is too low that is a HotspanError that says so.
        """
        return interruptible(self._connection, self._work)

    def _work(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        try:
            self._connection.execute(self._statement, self._parameters)
            names = tuple(each[0] for each in self._connection.description or ())
            return names, self._connection.fetchall()
        except Exception as error:
            if type(error).__name__ != _TOO_MUCH:
                raise
            raise HotspanError(
                "the answer needs more memory than HOTSPAN_MEMORY_LIMIT_BYTES allows: raise it, or ask about a shorter "
                "window"
            ) from error
