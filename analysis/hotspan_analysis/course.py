"""How much went over time, out of roll-ups: what `timeline` and `trends` tell of a window too large to read every row.

Sums are those of the rows; percentiles are within PERCENTILE_ERROR of their value. How many requests were open at one
moment is not in roll-ups: load is the time of what started in a bucket, which is not all spent in it.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from hotspan_analysis import queries, rollups
from hotspan_analysis.engine import Answer, DuckEngine, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.rollups import PERCENTILE_ERROR, Coverage, coverage
from hotspan_analysis.selection import Selection
from hotspan_analysis.timeline import bucket_width_ns
from hotspan_analysis.trends import Trend, trends_of
from hotspan_analysis.window import SECOND_NS, Window
from hotspan_collector.rollups import LENGTHS_NS

_RELATIONS: Final = {"rolled_durations": "course_durations", "spread": "spread"}
_NO_LIMITS: Final = {"satisfied_ns": 0, "tolerated_ns": 0}
"""`spread` counts for the Apdex as well, which nobody asks for here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bucket; the first and the last are cut where the window starts and ends. Empty ones are there too."""

    start_ns: int = column("Start", "start of the bucket", "ns since the epoch")
    end_ns: int = column("End", "end of the bucket, not included", "ns since the epoch")
    requests: int = column("Requests", "requests that started in the bucket")
    throughput_rpm: float = column("Rate", "requests / length of the bucket", "/min")
    errors: int = column("Errors", "status of 500 and above, or the app raised")
    load_erlangs: float = column("Load", "time of what started in the bucket / length of the bucket", "erlangs")
    p50_ms: float | None = column("p50", "median of the durations", "ms")
    p95_ms: float | None = column("p95", "95th percentile of the durations", "ms")


class Course(Rows[Step]):
    """The buckets of one kind in order, the whole window as one of them, and how each endpoint of any kind went."""

    def __init__(self, answer: Answer, window: Window, width_ns: int, trends: Rows[Trend]) -> None:
        found = {row["bucket_ns"]: row for row in answer.dicts()}
        starts = range(window.from_ns - window.from_ns % width_ns, window.to_ns, width_ns)
        steps = (_step(found.get(at), max(at, window.from_ns), min(at + width_ns, window.to_ns)) for at in starts)
        super().__init__(Step, steps, [answer.query, *trends.queries])
        self.window = window
        self.width_ns = width_ns
        self.whole = _step(found.get(0), window.from_ns, window.to_ns)
        self.trends = trends


def course(
    engine: Engine, window: Window, selection: Selection, *, buckets: int = 30, kind: str = "web"
) -> Course | None:
    """Cuts the window into at most that many buckets; None where rows must tell, for they are few or not rolled up.

    `trends` of the answer are of every kind. A selection may be of service, method and route.
    """
    width_ns, covered = bucket_width_ns(window, buckets), coverage(engine, window)
    if not isinstance(engine, DuckEngine) or covered.requests < rollups.LEAST_REQUESTS or not _fits(covered, width_ns):
        return None
    values = selection.bind(window) | {"width_ns": width_ns, "of_kind": kind, **_NO_LIMITS}
    _bring_together(engine, covered, "rolled_course", "stretch_course", values)
    _bring_together(engine, covered, "rolled_steps", "stretch_steps", values)
    answer = engine.ask("course", instead=_RELATIONS, **queries.needed("course", values, _RELATIONS))
    answer = replace(answer, query=replace(answer.query, percentile_error=PERCENTILE_ERROR))
    return Course(answer, window, width_ns, trends_of(engine.ask("rolled_trends"), window, width_ns))


def _fits(covered: Coverage, width_ns: int) -> bool:
    """Whether each bucket is made of whole stretches: the longest that rows were added up to among them."""
    return all(width_ns % each.longest_ns == 0 for each in covered.rolled)


def _bring_together(engine: DuckEngine, covered: Coverage, rolled: str, rest: str, values: dict[str, Any]) -> None:
    """Keeps, under the name of the question about roll-ups, what it and the question about rows have."""
    lengths_ns = [each for each in LENGTHS_NS if values["width_ns"] % each == 0]
    parts = [part for stretch in covered.rolled for part in stretch.parts(lengths_ns)]
    for number, (length_ns, part) in enumerate(parts):
        bound = values | {"length_ns": length_ns, "from_ns": part.from_ns, "to_ns": part.to_ns}
        engine.keep(rolled, append=number > 0, **queries.needed(rolled, bound))
    for window in covered.rest:
        bound = values | {"from_ns": window.from_ns, "since_ns": window.from_ns, "to_ns": window.to_ns}
        engine.keep(rest, append=True, into=rolled, **queries.needed(rest, bound))


def _step(row: dict[str, Any] | None, start_ns: int, end_ns: int) -> Step:
    found = row or {"requests": 0, "errors": 0, "total_time_ns": 0, "p50_ms": None, "p95_ms": None}
    return Step(
        start_ns=start_ns,
        end_ns=end_ns,
        requests=found["requests"],
        throughput_rpm=found["requests"] * 60 * SECOND_NS / (end_ns - start_ns),
        errors=found["errors"],
        load_erlangs=found["total_time_ns"] / (end_ns - start_ns),
        p50_ms=found["p50_ms"],
        p95_ms=found["p95_ms"],
    )
