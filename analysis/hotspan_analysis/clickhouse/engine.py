"""Asking ClickHouse: what it can work out where the data are, it does; of the rest only the rows needed come here."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hotspan_analysis import queries
from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.candidates import Candidates
from hotspan_analysis.clickhouse.shipping import Cargo, cargo, with_crowded
from hotspan_analysis.clickhouse.survey import ADDRESS_KEYS
from hotspan_analysis.clickhouse.table import END_OF_TIME_NS, HOUR_NS, Period, Table
from hotspan_analysis.engine import Answer, DuckEngine
from hotspan_analysis.results import Query
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

NATIVE: Final = frozenset({
    "amplification", "apdex", "bounds", "box", "breakdown_requests", "busiest_address", "clients", "compared",
    "endpoints", "feedback_service", "histogram", "identity", "job_overlaps", "job_trends", "jobs", "lanes", "slowest", "timeline",
})  # fmt: skip
"""Questions that ClickHouse answers itself; every other one is asked of DuckDB about the spans that it needs."""

_REACH: Final = frozenset({"bounds"})
"""How far the data reach is the same whether a request is told of once or twice."""

PERCENTILE_ERROR: Final = 0.005
"""Relative error that percentiles of more requests than are ranked exactly may have."""

_MOST_TRACES: Final = 5_000
"""Ids of traces that go with one question: servers take a megabyte of address."""

_LOOKING_BACK: Final = frozenset({"touching", "open_during", "lanes"})


class ClickHouseEngine:
    """The engine of one reading. Holds what was brought here until it is closed."""

    def __init__(self, table: Table, now_ns: int) -> None:
        self.now_ns = now_ns
        self._table = table
        self._open = ExitStack()
        self._here: tuple[Cargo | None, DuckEngine] | None = None
        self._candidates: Candidates | None = None

    def ask(self, question: str, **parameters: Any) -> Answer:
        """Runs the question there, or here about what it needs; raises HotspanError when there is no whole answer."""
        if question == "losses":  # of what a Collector dropped, its tables say nothing
            return Answer((), [], Query(queries.compose(question), parameters))
        if candidates := self._of_storms(question, parameters):
            return candidates.ask(question, **parameters)
        if question in _REACH or (question in NATIVE and self._is_clear(self._period(question, parameters))):
            return self._ask_there(question, parameters)
        return self._engine_here(question, parameters).ask(question, **parameters)

    def keep(self, question: str, *, append: bool = False, **parameters: Any) -> Query:
        """Keeps the rows of a question here, for those that follow in this reading."""
        if candidates := self._of_storms(question, parameters):
            return candidates.keep(question, append=append, **parameters)
        return self._engine_here(question, parameters).keep(question, append=append, **parameters)

    def at_once(self, work: Callable[[], T]) -> T:
        """What the work returns: there is no thread to share, each question waits for the server by itself."""
        return work()

    def close(self) -> None:
        """Lets go of what was brought here."""
        self._open.close()

    def _of_storms(self, question: str, parameters: Mapping[str, Any]) -> Candidates | None:
        """What answers a question about storms without all spans; None where they have to come, or for another question."""
        if not question.startswith("storm_"):
            return None
        if question == "storm_size":
            period = Period(parameters["since_ns"], parameters["to_ns"])
            is_whole = self._is_clear(period) and not self._table.stands_for_several(period)
            self._candidates = Candidates(self._table, self._empty(), self.now_ns) if is_whole else None
        return self._candidates

    def _ask_there(self, question: str, parameters: Mapping[str, Any]) -> Answer:
        period = self._period(question, parameters)
        values = {**parameters, **period.values, "now_ns": self.now_ns}
        if question == "slowest":
            values["traces"] = self._slowest_traces(period, values)
            mapping = self._table.mapping(period, values, which="requests_traces", spans="spans_traces")
        else:
            mapping = self._table.reach(period) if question in _REACH else self._table.mapping(period, values)
        jobs = question not in _REACH and self._may_have_jobs(period, parameters)
        if parameters.get("client_from") is None and not dialect.shows(question, "client"):
            mapping = {
                name: text.replace("keyed_hash(coalesce(", "quick_hash(coalesce(") for name, text in mapping.items()
            }
        sql = dialect.question(question, mapping, values, keeps=self._table.server.keeps, jobs=jobs)
        error = PERCENTILE_ERROR if question not in _REACH and self._table.is_large(period) else 0.0
        return Answer(*self._table.ask(sql, values, percentile_error=error), Query(sql, values, percentile_error=error))

    def _slowest_traces(self, period: Period, values: dict[str, Any]) -> list[str]:
        """Asked first, so that the servers look for these alone instead of sending the ids of all there are."""
        if values["at_most"] is None or values["at_most"] > _MOST_TRACES:
            raise BadInputError(f"of a ClickHouse the {_MOST_TRACES:,} slowest can be listed at most; give --limit")
        mapping = self._table.mapping(period, values)
        jobs = self._may_have_jobs(period, values)
        sql = dialect.statement("slowest_traces", mapping, values, ("calls", "selected", "chosen"), jobs=jobs)
        ids = [row[0] for row in self._table.ask(sql, values)[1]]
        return ids + [each.upper() for each in ids]

    def _may_have_jobs(self, period: Period, parameters: Mapping[str, Any]) -> bool:
        """Whether a job may be among what is asked about: those of one client or of another kind are none."""
        is_asked = parameters.get("kind") in (None, "job") and parameters.get("client_from") is None
        return is_asked and self._table.survey(period).jobs > 0

    def _period(self, question: str, parameters: Mapping[str, Any]) -> Period:
        starts = [parameters[name] for name in ("since_ns", "from_ns") if parameters.get(name) is not None]
        if not starts:
            last_ns = self._table.address.last_ns
            return Period(0 if last_ns is None else self.now_ns - last_ns, END_OF_TIME_NS)
        relations = dialect.relations(question)
        back_ns = HOUR_NS if relations & _LOOKING_BACK else 0
        return Period(min(starts) - back_ns, parameters["to_ns"], long=bool(relations & {"open_during", "lanes"}))

    def _is_clear(self, period: Period) -> bool:
        """Whether no request of the period can have been told of twice, so that each SERVER span is one."""
        clear = self._table.is_clear
        if any(known.contains(period) for known, is_clear in clear.items() if is_clear):
            return True
        if period not in clear:
            clear[period] = not any(self._suspicions(period))
        return clear[period]

    def _suspicions(self, period: Period) -> Iterator[bool]:
        """What speaks for requests that are told of twice, the cheapest to find out first."""
        survey = self._table.survey(period)
        if survey.nested:
            yield self._finds("twins_of_traces", period)
        if survey.some_say_one_of(ADDRESS_KEYS) and not survey.all_say_one_of(ADDRESS_KEYS):
            yield self._finds("some_anonymous", period) and self._finds("twins_of_clients", period)

    def _finds(self, name: str, period: Period) -> bool:
        requests = {"requests": self._table.mapping(period)["requests"]}
        _, rows = self._table.ask(dialect.statement(name, requests, {}), dict(period.values))
        return bool(rows[0][0])

    def _engine_here(self, question: str, parameters: Mapping[str, Any]) -> DuckEngine:
        wanted = cargo(question, parameters, self._table)
        if self._here is not None:
            held, engine = self._here
            if wanted is None or (held is not None and held.holds(wanted)):
                return engine
        if wanted is None and question != "losses":
            raise BadInputError(f"{question} needs the data of another question first")
        engine = DuckEngine(self._brought(question, wanted), self.now_ns)
        self._here = (wanted, engine)
        return engine

    def _brought(self, question: str, wanted: Cargo | None) -> "duckdb.DuckDBPyConnection":
        """The tables of a store in memory, with what the spans that are wanted tell."""
        from hotspan_collector.importers import import_files

        connection = self._empty()
        if wanted is None:
            return connection
        self._refuse_sampled(question, wanted)
        if not self._is_clear(wanted.period):
            wanted = with_crowded(wanted, self._table)
        with tempfile.TemporaryDirectory(prefix="hotspan-") as folder:
            file = Path(folder) / "spans.parquet"
            values = {**wanted.period.values, **dict(wanted.values), "now_ns": self.now_ns}
            if self._table.download(wanted.condition, wanted.period, values, file, whole=wanted.kind == "trace"):
                import_files([file], connection, secret=self._table.address.secret)
        return connection

    def _empty(self) -> "duckdb.DuckDBPyConnection":
        """The tables of a store in memory, without rows."""
        from hotspan_collector import database, schema

        connection = self._open.enter_context(database.reader())
        schema.create(connection)
        return connection

    def _refuse_sampled(self, question: str, wanted: Cargo) -> None:
        """What follows one request after the other needs all of them; a trace is whole or not there."""
        if wanted.kind in ("trace", "traces") or not self._table.stands_for_several(wanted.period):
            return
        raise BadInputError(
            f"{self._table.address.name}: only a sample of the spans was kept (SampleRate), and "
            f"{'retry storms' if wanted.kind == 'requests' else question} cannot be told from a sample: one missing request "
            "breaks every chain; keep all spans of the service in question, or ask hotspan top, timeline or clients"
        )
