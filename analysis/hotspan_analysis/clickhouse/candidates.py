"""Storms: every request is counted where it is; only the rows of those who gave reason for a closer look come here."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.table import Period, Table
from hotspan_analysis.engine import Answer, DuckEngine
from hotspan_analysis.results import Query

if TYPE_CHECKING:
    import duckdb

COUNTED: Final = frozenset({
    "storm_size", "storm_cells", "storm_crowds", "storm_bins", "storm_suspects", "storm_steady", "storm_facts",
    "storm_neighbours",
})  # fmt: skip
"""What is asked of all requests: ClickHouse answers it, or counts for those that follow."""

WANTED: Final = {
    "storm_rows": ("suspects", "clients"),
    "storm_peers": ("peers", "endpoints"),
    "storm_patience": ("patience", "endpoints"),
    "storm_islands": ("bins", "bins"),
    "storm_hidden": ("hidden", "clients"),
    "storm_hammers": ("hammers", "endpoints"),
    "storm_polling": ("steady", "targets"),
    "storm_herds": ("herds", "endpoints"),
}
"""The questions that read rows which nothing before them needed; the wanted_*.sql and chosen_*.sql that say which."""

_AT_ONCE: Final = 10_000
"""Values that go with one statement: servers take 128 kB of each, and numbers are cut to 32 bits for that."""


class Candidates:
    """The engine of the questions about storms in one reading: a DuckDB that holds more rows from question to question."""

    def __init__(self, table: Table, connection: "duckdb.DuckDBPyConnection", now_ns: int) -> None:
        self._table = table
        self._connection = connection
        self._engine = DuckEngine(connection, now_ns)
        self._now_ns = now_ns
        self._period = Period(0, 0)
        self._settings: dict[str, Any] = {}
        self._brought: set[tuple[Any, ...]] = set()
        self._rows = 0

    def ask(self, question: str, **parameters: Any) -> Answer:
        """Runs the question there if it is about all requests, else here about the rows that it needs."""
        if question in COUNTED:
            sql, values = self._counted(question, parameters)
            return Answer(*self._table.ask(sql, values), Query(sql, values))
        self._bring(question, parameters)
        return self._engine.ask(question, **parameters)

    def keep(self, question: str, *, append: bool = False, **parameters: Any) -> Query:
        """Keeps the rows of the question here, wherever it was run."""
        self._settings |= parameters
        if question not in COUNTED:
            self._bring(question, parameters)
            return self._engine.keep(question, append=append, **parameters)
        kept = self._engine.keep(question, append=append, **parameters)  # of no rows yet: it makes the columns
        sql, values = self._counted(question, parameters)
        self._insert(f"temp.{question}", sql, values)
        return Query(sql, values, kept_as=kept.kept_as)

    def _counted(self, question: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        if question in ("storm_suspects", "storm_steady"):  # rest on questions whose values came before
            parameters = {**self._settings, **parameters}
        period = _period(parameters)
        values = {**parameters, **period.values, "now_ns": self._now_ns}
        mapping = {**self._table.mapping(period, values), "losses": dialect.body("no_losses")}
        return dialect.question(question, mapping, values, keeps=self._table.server.keeps), values

    def _bring(self, question: str, parameters: Mapping[str, Any]) -> None:
        """The rows that a question wants and that are not here yet."""
        if question not in WANTED:
            return
        if "since_ns" in parameters:
            self._period = Period(parameters["since_ns"], parameters["to_ns"])
        name, what = WANTED[question]
        wanted = self._here(f"wanted_{name}", parameters)
        if name == "herds":
            wanted = self._herded(wanted, parameters)
        missing = [row for row in wanted if (what, *row) not in self._brought]
        self._brought.update((what, *row) for row in missing)
        for first in range(0, len(missing), _AT_ONCE):
            self._rows_of(what, missing[first : first + _AT_ONCE], parameters)

    def _rows_of(self, what: str, some: Sequence[tuple[Any, ...]], parameters: Mapping[str, Any]) -> None:
        values = {**parameters, **self._period.values, **_lists(some), "now_ns": self._now_ns}
        values["at_most"] = self._table.address.max_rows - self._rows + 1
        mapping = self._table.mapping(self._period, parameters)
        sql = dialect.statement("candidate_rows", mapping, values).replace("{chosen}", dialect.body(f"chosen_{what}"))
        self._rows += self._insert("requests", sql, values)
        if self._rows > self._table.address.max_rows:
            self._table.refuse(f"more than {self._table.address.max_rows:,}", 2 * self._table.address.max_rows)

    def _herded(self, endpoints: Sequence[tuple[Any, ...]], parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Of endpoints with crowded seconds, those with so few clients that one second could hold a good part of them."""
        few: list[tuple[Any, ...]] = []
        if endpoints:
            most = {row[:3]: row[3] for row in endpoints}
            values = {
                **parameters,
                **self._period.values,
                **_lists([row[:3] for row in endpoints]),
                "now_ns": self._now_ns,
            }
            sql = dialect.statement("clients_of_endpoints", self._table.mapping(self._period, parameters), values)
            _, counted = self._table.ask(sql, values)
            few = [row[:3] for row in counted if most[row[:3]] >= 0.5 * parameters["herd_share"] * row[3]]
        self._connection.execute(
            dialect.body("forget_crowds"), _lists(few) or {"services": [], "methods": [], "routes": []}
        )
        return few

    def _here(self, name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        sql = dialect.body(name)
        named = {each: value for each, value in parameters.items() if f"${each}" in sql}
        return self._connection.execute(sql, named).fetchall()

    def _insert(self, into: str, sql: str, values: Mapping[str, Any]) -> int:
        with tempfile.TemporaryDirectory(prefix="hotspan-") as folder:
            file = Path(folder) / "rows.parquet"
            self._table.fetch(sql, values, file)
            found = self._connection.execute(
                f"insert into {into} by name from read_parquet($file) as new"  # noqa: S608  # names of ours
                + (" where new.seq not in (select seq from requests)" if into == "requests" else ""),
                {"file": str(file)},
            ).fetchall()
        return int(found[0][0])


def _period(parameters: Mapping[str, Any]) -> Period:
    if "since_ns" in parameters:
        return Period(parameters["since_ns"], parameters["to_ns"])
    if "first_ns" in parameters:
        return Period(parameters["first_ns"], parameters["last_ns"] + 1)
    before_ns = parameters["end_ns"] - parameters["start_ns"] + 1_000_000_000
    return Period(parameters["start_ns"] - before_ns, parameters["end_ns"] + 1)


def _lists(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows as lists to bind: of one value, or of service, method and route."""
    names = ("services", "methods", "routes") if rows and len(rows[0]) == 3 else ("wanted",)
    return {name: [row[place] for row in rows] for place, name in enumerate(names)} if rows else {}
