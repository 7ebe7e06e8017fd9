"""Running a statement so that Ctrl-C ends it."""

import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotspan_collector.errors import HotspanError
from hotspan_collector.interrupts import interruptible

if TYPE_CHECKING:
    import duckdb


_TOO_MUCH = "OutOfMemoryException"
"""By name: importing duckdb is for those who have a connection."""

_SPILLING = ("duckdb_temp", "Failed to create directory")
"""What an error says that DuckDB meets where it puts what exceeds its memory: there, or in making that place."""


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

        When the memory limit is too low, or the temporary directory too small, that is a HotspanError that says so.
        """
        return interruptible(self._connection, self._work)

    def _work(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        try:
            self._connection.execute(self._statement, self._parameters)
            names = tuple(each[0] for each in self._connection.description or ())
            return names, self._connection.fetchall()
        except Exception as error:
            if words := _trouble(error):
                raise HotspanError(f"{words}, or ask about a shorter window") from error
            raise


def _trouble(error: Exception) -> str | None:
    """Too little memory, or no room for what exceeds it, in words that say what to do; None when it is neither."""
    name = type(error).__name__
    if name == _TOO_MUCH:
        return "the answer needs more memory than HOTSPAN_MEMORY_LIMIT_BYTES allows: raise it"
    if name == "IOException" and any(sign in str(error) for sign in _SPILLING):
        return (
            f"the answer needs more memory than HOTSPAN_MEMORY_LIMIT_BYTES allows, and {tempfile.gettempdir()} takes no "
            "more of what exceeds it: raise it, free some space or set TMPDIR"
        )
    return None
