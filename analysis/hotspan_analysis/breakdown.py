"""Where the time of an endpoint goes: its own, the database, other services, caches, templates; and which calls cost."""

from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Column, Query, Rows, as_dict, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import SECOND_NS, Window

PARTS: Final = ("database", "cache", "external", "template", "other", "self")
"""In the order in which a moment is given away: where a span of the first is open, the rest gets nothing of it."""

MANY_CALLS: Final = 10
VERY_MANY_CALLS: Final = 20
MATTERS_FROM: Final = 0.1
"""A call is marked when a request makes more than 10 (yellow) or 20 (red) of it on average and it takes more than a
tenth of the time, as New Relic colours "Avg calls (per txn)" in its transaction breakdown table."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the work took, over all the requests that have spans."""

    part: str = column(
        "Part", "database, cache, external, template, other (spans of any other sort) or self (no span open)"
    )
    time_ns: int = column("Time", "sum over the requests of the moments given to this part", "ns")
    time_s: float = column("Time", "sum over the requests of the moments given to this part", "s")
    time_share: float = column(
        "Share", "time / total time of the requests that have spans; the parts add up to 1", "0-1"
    )
    mean_ms: float = column("Per request", "time / requests that have spans", "ms")
    calls: int = column("Calls", "spans of this part")
    calls_per_request: float = column("Calls per request", "calls / requests that have spans", "1")
    requests_with: int = column("Requests with", "requests that have at least one such span")


@dataclass(frozen=True, slots=True)
class Call:
    """One statement, call to another service, cache command, message or template."""

    category: str = column("Part", "database, cache, external, template or messaging")
    what: str = column(
        "What", "db.query.summary, or the statement with its literals replaced by ?; else the span's name"
    )
    db_table: str = column("Table", "the table that the statement names first")
    db_operation: str = column("Operation", "SELECT, UPDATE, …")
    calls: int = column("Calls", "spans; one that only repeats the call around it does not count")
    calls_per_request: float = column("Calls per request", "calls / requests that have spans", "1")
    most_calls: int = column("Most calls", "calls in the request that made the most of them")
    requests_with: int = column("Requests with", "requests that made the call at least once")
    time_s: float = column("Time", "sum of the durations; calls made in parallel each count", "s")
    time_share: float = column("Share", "time / total time of the requests that have spans", "0-1")
    mean_ms: float = column("Mean", "time / calls", "ms")
    max_ms: float = column("Max", "longest duration", "ms")
    db_rows: int | None = column("Rows", "rows returned or changed, where the spans say so")
    n_plus_one: str | None = column(
        "N+1", "yellow above 10 calls per request, red above 20, when the call takes more than a tenth of the time"
    )


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Where the time of one endpoint or job goes. `requests` counts all of them, `traced_requests` those with spans."""

    endpoint: str
    window: Window
    requests: int
    traced_requests: int
    traced_time_ns: int
    parts: Rows[Part]
    calls: Rows[Call]

    @property
    def queries(self) -> tuple[Query, ...]:
        """In the order in which they build on each other."""
        return (*self.parts.queries, self.calls.queries[-1])

    @property
    def columns(self) -> list[Column]:
        """What the columns of the parts and of the calls mean."""
        return [*self.parts.columns, *self.calls.columns]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "endpoint": self.endpoint,
            "window": self.window.as_dict(),
            "requests": self.requests,
            "traced_requests": self.traced_requests,
            "traced_time_s": self.traced_time_ns / SECOND_NS,
            "mean_ms": self.traced_time_ns / self.traced_requests / 1e6 if self.traced_requests else None,
            "parts": [as_dict(part) for part in self.parts],
            "calls": [as_dict(call) for call in self.calls],
        }

    def _repr_html_(self) -> str:
        from hotspan_analysis.html_tables import section

        return section("Parts", self.parts._repr_html_()) + section("Calls", self.calls._repr_html_())


def breakdown(engine: Engine, window: Window, selection: Selection, endpoint: str) -> Breakdown:
    """Takes the requests (or runs of a job) apart that started in the window.

    Each moment of a request is given to one part, see PARTS, so the parts add up to the time of the requests to the
    nanosecond and parallel calls never exceed it. Spans that stick out of their request count for what lies inside.
    """
    bound = selection.bind(window)
    counted = engine.ask("breakdown_requests", **bound)
    kept = engine.keep("inside", **bound)
    answer = engine.ask("breakdown")
    found = {each["part"]: each for each in answer.dicts()}
    traced, total_ns = found["all"]["requests_with"], found["all"]["time_ns"]
    calls = engine.ask("breakdown_calls")
    return Breakdown(
        endpoint=endpoint,
        window=window,
        requests=counted.one()["requests"],
        traced_requests=traced,
        traced_time_ns=total_ns,
        parts=Rows(Part, _parts(found, traced, total_ns), [counted.query, kept, answer.query]),
        calls=Rows(Call, _calls(calls, traced, total_ns), [kept, calls.query]),
    )


def _parts(found: dict[str, dict[str, Any]], traced: int, total_ns: int) -> list[Part]:
    nothing = {"time_ns": 0, "calls": 0, "requests_with": 0}
    named = {part: found.get(part, nothing) for part in PARTS[:-1]}
    own_ns = total_ns - sum(each["time_ns"] for each in named.values())
    named["self"] = {"time_ns": own_ns, "calls": 0, "requests_with": traced}
    return [
        Part(
            part=part,
            time_ns=each["time_ns"],
            time_s=each["time_ns"] / SECOND_NS,
            time_share=_ratio(each["time_ns"], total_ns),
            mean_ms=_ratio(each["time_ns"], traced) / 1e6,
            calls=each["calls"],
            calls_per_request=_ratio(each["calls"], traced),
            requests_with=each["requests_with"],
        )
        for part, each in named.items()
    ]


def _calls(answer: Answer, traced: int, total_ns: int) -> list[Call]:
    return [
        Call(
            **{name: value for name, value in each.items() if name != "time_ns"},
            calls_per_request=_ratio(each["calls"], traced),
            time_s=each["time_ns"] / SECOND_NS,
            time_share=_ratio(each["time_ns"], total_ns),
            mean_ms=each["time_ns"] / each["calls"] / 1e6,
            n_plus_one=_mark(_ratio(each["calls"], traced), _ratio(each["time_ns"], total_ns)),
        )
        for each in answer.dicts()
    ]


def _mark(calls_per_request: float, time_share: float) -> str | None:
    if calls_per_request <= MANY_CALLS or time_share <= MATTERS_FROM:
        return None
    return "red" if calls_per_request > VERY_MANY_CALLS else "yellow"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
