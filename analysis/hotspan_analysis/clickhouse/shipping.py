"""Which spans a question needs here, because the server cannot answer it itself. The conditions are the cargo_*.sql."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.pruning import pruned
from hotspan_analysis.clickhouse.table import END_OF_TIME_NS, HOUR_NS, Period, Table

_OF_REQUESTS = ("inside", "breakdown", "breakdown_calls", "breakdown_requests")


@dataclass(frozen=True, slots=True)
class Cargo:
    """Some spans of the table."""

    kind: str
    """requests, spans, trace, traces or around: what they are good for"""
    period: Period
    condition: str
    values: tuple[tuple[str, Any], ...] = ()

    def holds(self, other: "Cargo") -> bool:
        """Whether a question that needs the other finds all of it in this one."""
        if self.kind != other.kind:
            return False
        if self.kind == "requests":  # of one service, or of all
            return self.period.contains(other.period) and self.values in ((), other.values)
        return self.period.contains(other.period) if not self.values else self.values == other.values


def cargo(question: str, values: Mapping[str, Any], table: Table) -> Cargo | None:
    """What a question needs here; None where it only reads what was kept before, or what no ClickHouse has: losses."""
    moments = [values[name] for name in ("since_ns", "from_ns", "first_ns") if values.get(name) is not None]
    if question in ("trace", "trace_requests"):
        return _cargo("trace", Period(0, END_OF_TIME_NS), table, values)
    if question == "losses" or not moments:
        return None
    if question in _OF_REQUESTS:
        return _of_requests(Period(moments[0] - HOUR_NS, values["to_ns"] + HOUR_NS), values, table)
    if question == "around":
        return _cargo("around", Period(values["data_from_ns"], values["data_to_ns"]), table, values)
    if question == "writers":
        return None
    to_ns = values["to_ns"] if "to_ns" in values else values["last_ns"] + 1
    if question.startswith(("storm_", "feedback", "what_if_")):
        return _of_service(values.get("service"), Period(min(moments), to_ns), table)
    return _cargo("spans", Period(min(moments) - HOUR_NS, to_ns, long=True), table)


def with_crowded(one: Cargo, table: Table) -> Cargo:
    """The same, and every span of the traces in which one request may be told of twice."""
    if one.kind not in ("requests", "around"):
        return one
    requests = pruned({"requests": table.mapping(one.period)["requests"]}, dialect.body("cargo_crowded"))["requests"]
    condition = table.written(dialect.body("cargo_crowded"), one.period, condition=one.condition, requests=requests)
    return replace(one, condition=condition)


def _of_requests(period: Period, values: Mapping[str, Any], table: Table) -> Cargo:
    """The whole traces of the requests, as far as they lie within an hour around the window."""
    of_trace = dialect.statement("selected_traces", table.mapping(period, values), values, ("calls", "selected"))
    return _cargo("traces", period, table, values, traces=of_trace)


def _of_service(service: str | None, period: Period, table: Table) -> Cargo:
    """The SERVER spans of a service: whatever it worked on at the same time matters, of other services nothing does."""
    every = _cargo("requests", period, table)
    if service is None:
        return every
    condition = f"{every.condition}\n{table.written(dialect.body('of_service'), period)}"
    return replace(every, condition=condition, values=(("service", service),))


def _cargo(kind: str, period: Period, table: Table, values: Mapping[str, Any] | None = None, **texts: str) -> Cargo:
    condition = table.written(dialect.body(f"cargo_{kind}"), period, **texts)
    return Cargo(kind, period, condition, tuple(sorted((values or {}).items())))
