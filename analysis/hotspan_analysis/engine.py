"""Asking an engine: DuckDB here. Another engine brings its own mapping of the tables and its own quantiles."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hotspan_analysis import queries
from hotspan_analysis.results import Query
from hotspan_analysis.running import Run
from hotspan_collector.interrupts import interruptible

if TYPE_CHECKING:
    import duckdb

    from hotspan_analysis.rollups import Rolled
    from hotspan_analysis.window import Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one question, as tuples, and the query that gave them."""

    columns: tuple[str, ...]
    tuples: list[tuple[Any, ...]]
    query: Query

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Each row by column name."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.tuples)

    def build(self, row_type: Callable[..., T]) -> list[T]:
        """Each row as a `row_type`, whose fields are named as the columns are."""
        return [row_type(**values) for values in self.dicts()]

    def one(self) -> dict[str, Any]:
        """The only row."""
        (row,) = self.dicts()
        return row


class Engine(Protocol):
    """Something that holds `requests` and `spans` and answers questions about them."""

    now_ns: int
    """Requests still open last until this moment."""

    def ask(self, question: str, **parameters: Any) -> Answer:
        """Runs `queries/<question>.sql` with these values; `$now_ns` is bound by itself where it occurs."""
        ...

    def keep(self, question: str, *, append: bool = False, **parameters: Any) -> Query:
        """Keeps the rows of a question as a relation of its name, for the questions that follow in this reading.

        With `append` they join those that it kept before.
        """
        ...

    def at_once(self, work: Callable[[], T]) -> T:
        """What the work returns, which asks several questions; they end together when somebody interrupts."""
        ...


class DuckEngine:
    """A DuckDB connection that sees the relations `requests`, `spans`, `losses`."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", now_ns: int) -> None:
        self._connection = connection
        self.now_ns = now_ns
        self.covered: dict[Window, tuple[Rolled, ...]] = {}
        """What of which windows is rolled up, as far as it was looked for in this reading."""
        connection.execute(queries.read("macros").body)

    def ask(self, question: str, *, instead: Mapping[str, str] | None = None, **parameters: Any) -> Answer:
        """Runs the question; raises duckdb.Error only for a fault of ours, the questions are fixed.

        `instead` are relations for it to read in place of its own, each with the .sql file it is in.
        """
        query = self._query(question, parameters, instead)
        return Answer(*Run(self._connection, query.sql, query.parameters).result(), query)

    def keep(
        self,
        question: str,
        *,
        append: bool = False,
        into: str | None = None,
        instead: Mapping[str, str] | None = None,
        **parameters: Any,
    ) -> Query:
        """Keeps the answer as a temporary table of this connection; a file that is open read-only stays untouched.

        The table has the question's name, or that of another question with the same columns: `into`.
        """
        query = self._query(question, parameters, instead)
        query = replace(query, kept_as=into or question, appended=append)
        Run(self._connection, f"{query.keeping()}\n{query.sql}", query.parameters).result()
        return query

    def at_once(self, work: Callable[[], T]) -> T:
        """What the work returns, which asks several small questions: a thread for each would take longer than they do."""
        return interruptible(self._connection, work)

    @cached_property
    def has_rollups(self) -> bool:
        """Whether anything is rolled up, and it is known which requests are not in the store yet."""
        found = self._connection.execute("select 1 from duckdb_views() where view_name = 'loose_requests'").fetchall()
        return bool(found and self._connection.execute("select 1 from rollups limit 1").fetchall())

    def _query(self, question: str, parameters: dict[str, Any], instead: Mapping[str, str] | None) -> Query:
        sql = queries.compose(question, instead=instead)
        return Query(sql, parameters | ({"now_ns": self.now_ns} if "$now_ns" in sql else {}))
