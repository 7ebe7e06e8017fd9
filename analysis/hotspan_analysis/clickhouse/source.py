"""A ClickHouse table as a source of traces."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotspan_analysis.clickhouse.address import Address
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    import duckdb

    from hotspan_analysis.clickhouse.engine import ClickHouseEngine
    from hotspan_analysis.clickhouse.server import Server
    from hotspan_analysis.clickhouse.table import Table
    from hotspan_analysis.own_sql import Table as OwnTable


@dataclass(slots=True)
class ClickHouse:
    """The table that an address names. Nothing is asked of the server before the first question."""

    address: Address
    is_live: bool = True
    _server: "Server | None" = field(default=None, repr=False)
    """Kept from one question to the next: who asks and what they may is then known."""
    _known: "Table | None" = field(default=None, repr=False)
    """Kept for a moment, for the questions that make up a page."""

    @contextmanager
    def reading(self, *, locked_down: bool = False) -> "Iterator[duckdb.DuckDBPyConnection]":  # noqa: ARG002  # the protocol of sources
        """Refused: the spans of a ClickHouse are not copied to a DuckDB as a whole."""
        raise BadInputError(
            f"{self.address.shown}: its data stay where they are; export and prune are for stores and files"
        )
        yield

    @contextmanager
    def engine(self, now_ns: int) -> "Iterator[ClickHouseEngine]":
        """An engine for a question, or for several that belong together."""
        from hotspan_analysis.clickhouse.engine import ClickHouseEngine

        engine = ClickHouseEngine(self._table(), now_ns)
        try:
            yield engine
        finally:
            engine.close()

    def query(self, sql: str, now_ns: int) -> "OwnTable":
        """One's own SQL, in ClickHouse's dialect, over `requests` and `spans`."""
        from hotspan_analysis.clickhouse.own_sql import run_own_sql

        return run_own_sql(self._table(), sql, now_ns)

    def _table(self) -> "Table":
        """The table with what is known of it."""
        from hotspan_analysis.clickhouse.server import Server
        from hotspan_analysis.clickhouse.table import Table

        if self._server is None:
            self._server = Server(self.address)
        if self._known is None or not self._known.is_fresh:
            self._known = Table(self._server, self.address)
        return self._known
