"""Which spans a question needs here, because the server cannot answer it itself: condition, and what it binds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.table import END_OF_TIME_NS, HOUR_NS, SERVER_SPANS, Period, Table

_ROOTS: Final = "ParentSpanId in ('', '0000000000000000')"
_DATABASE: Final = (
    "coalesce(told('db.system.name'), told('db.system'), told('db.type'), told('db.query.summary'),"
    " told('db.query.text'), told('db.statement'), told('sql.query')) is not null"
)
_START: Final = "toUnixTimestamp64Nano(Timestamp)"
_TOGETHER: Final = ("inside", "breakdown", "breakdown_calls", "breakdown_requests")


@dataclass(frozen=True, slots=True)
class Cargo:
    """Some spans of the table."""

    kind: str
    """what they are good for"""
    period: Period
    condition: str
    values: tuple[tuple[str, Any], ...]

    def holds(self, other: "Cargo") -> bool:
        """Whether a question that needs the other finds all of it in this one."""
        if self.kind != other.kind:
            return False
        if self.kind in ("requests", "spans"):
            return self.period.from_ns <= other.period.from_ns and other.period.to_ns <= self.period.to_ns
        return self.values == other.values


def cargo(question: str, values: Mapping[str, Any], table: Table) -> Cargo | None:
    """What a question needs here; None where it only reads what was kept before."""
    if question in ("trace", "trace_requests"):
        return _of_a_trace(values)
    if question in _TOGETHER:
        return _of_selected(values, table) if "from_ns" in values else None
    if question in ("around", "writers"):
        return _around(values) if "near_from_ns" in values else None
    moments = [values[name] for name in ("since_ns", "from_ns", "first_ns") if values.get(name) is not None]
    if not moments:
        return None
    if "to_ns" in values:
        to_ns = int(values["to_ns"])
    else:
        to_ns = int(values["last_ns"]) + 1 if "last_ns" in values else END_OF_TIME_NS
    if question.startswith(("storm_", "feedback")):
        period = Period(min(moments), to_ns)
        return Cargo("requests", period, f"{period.condition} and {SERVER_SPANS}", ())
    period = Period(min(moments) - HOUR_NS, to_ns, long=True)
    return Cargo("spans", period, period.condition, ())


def with_crowded(one: Cargo, table: Table) -> Cargo:
    """The same and every span of traces that may tell of one request twice: what lies between shows whether they do."""
    if one.kind not in ("requests", "around"):
        return one
    requests = table.mapping(one.period)["requests"]
    crowded = (
        f"lower(TraceId) global in (with requests as ({requests}) select trace_id from requests"
        " group by trace_id, service, twin_key having count() > 1)"
    )
    return Cargo(one.kind, one.period, f"(({one.condition}) or ({one.period.condition} and {crowded}))", one.values)


def _of_a_trace(values: Mapping[str, Any]) -> Cargo:
    period = Period(0, END_OF_TIME_NS)
    first, last = values["first"], values["last"]
    condition = "TraceId = $first" if first == last else "lower(TraceId) >= $first and lower(TraceId) <= $last"
    return Cargo("trace", period, condition, (("first", first), ("last", last)))


def _of_selected(values: Mapping[str, Any], table: Table) -> Cargo:
    """All spans of the traces of the selected requests and runs, from an hour before the window to an hour after."""
    period = Period(values["from_ns"] - HOUR_NS, values["to_ns"] + HOUR_NS)
    shared = {**table.mapping(period), "calls": dialect.relation("calls"), "selected": dialect.relation("selected")}
    relations = ", ".join(f"{name} as (\n{text}\n)" for name, text in shared.items())
    chosen = f"with {relations} select trace_id from selected where start_ns >= $from_ns"
    condition = f"{period.condition} and lower(TraceId) global in ({chosen})"
    return Cargo("traces", period, condition, tuple(sorted(values.items())))


def _around(values: Mapping[str, Any]) -> Cargo:
    """What ran in the stretch; and of the times that it is compared with, what the comparison counts."""
    period = Period(values["data_from_ns"], values["data_to_ns"])
    counted = f"({SERVER_SPANS} or {_ROOTS} or {_DATABASE})"
    near = f"({_START} >= $near_from_ns and {_START} < $near_to_ns)"
    same = (
        f"({_START} >= $fold_ns and {_START} < $fold_to_ns and ({_START} - $fold_ns) % {HOUR_NS} < $length_ns)"
    )
    running = f"({_START} < $to_ns and {_START} + toInt64(Duration) >= $from_ns)"
    condition = f"{period.condition} and ({running} or ({counted} and ({near} or {same})))"
    names = ("near_from_ns", "near_to_ns", "fold_ns", "fold_to_ns", "length_ns", "from_ns", "to_ns")
    return Cargo("around", period, condition, tuple((name, values[name]) for name in names))
