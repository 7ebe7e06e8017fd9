"""Asking an engine: DuckDB here. Another engine brings its own mapping of the tables and its own quantiles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hotspan_analysis import queries
from hotspan_analysis.results import Query
from hotspan_analysis.running import Run

if TYPE_CHECKING:
    import duckdb

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


class DuckEngine:
    """A DuckDB connection that sees the relations `requests`, `spans`, `losses`."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", now_ns: int) -> None:
        self._connection = connection
        self.now_ns = now_ns
        connection.execute(queries.read("macros").body)

    def ask(self, question: str, **parameters: Any) -> Answer:
        """Runs the question; raises duckdb.Error only for a fault of ours, the questions are fixed."""
        query = self._query(question, parameters)
        return Answer(*Run(self._connection, query.sql, query.parameters).result(), query)

    def keep(self, question: str, *, append: bool = False, **parameters: Any) -> Query:
        """Keeps the answer as a temporary table of this connection; a file that is open read-only stays untouched."""
        query = self._query(question, parameters)
        into = f"insert into temp.{question}" if append else f"create or replace temp table {question} as"
        Run(self._connection, f"{into}\n{query.sql}", query.parameters).result()
        return replace(query, kept_as=question)

    def _query(self, question: str, parameters: dict[str, Any]) -> Query:
        sql = queries.compose(question)
        return Query(sql, parameters | ({"now_ns": self.now_ns} if "$now_ns" in sql else {}))
