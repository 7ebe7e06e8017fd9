"""How each endpoint went over time, all of them at once: the small lines in a table of endpoints."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.timeline import bucket_width_ns
from hotspan_analysis.window import SECOND_NS, Window

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Trend:
    """One endpoint over the buckets of `timeline`: the same widths, empty buckets included."""

    service: str = column("Service", "service.name of the process that answered")
    kind: str = column("Kind", "web, job or held_open")
    endpoint: str = column("Endpoint", "METHOD route; the span's name for a job")
    requests: tuple[int, ...] = column("Requests", "requests that started in each bucket")
    total_time_s: tuple[float, ...] = column("Total time", "sum of the durations of those", "s")


def trends(engine: Engine, window: Window, selection: Selection, *, buckets: int = 30) -> Rows[Trend]:
    """A row for each endpoint that was called in the window; each has as many figures as the window has buckets."""
    width_ns = bucket_width_ns(window, buckets)
    return trends_of(engine.ask("trends", **selection.bind(window), width_ns=width_ns), window, width_ns)


def trends_of(answer: Answer, window: Window, width_ns: int) -> Rows[Trend]:
    """The same out of an answer that has a row for each endpoint and bucket in use."""
    used: dict[Key, dict[int, dict[str, Any]]] = defaultdict(dict)
    for each in answer.dicts():
        used[each["service"], each["kind"], each["endpoint"]][each["bucket_ns"]] = each
    starts = range(window.from_ns - window.from_ns % width_ns, window.to_ns, width_ns)
    return Rows(Trend, [_trend(key, found, starts) for key, found in used.items()], [answer.query])


def _trend(key: Key, used: dict[int, dict[str, Any]], starts: range) -> Trend:
    nothing = {"requests": 0, "total_time_ns": 0}
    buckets = [used.get(start, nothing) for start in starts]
    return Trend(
        *key,
        requests=tuple(each["requests"] for each in buckets),
        total_time_s=tuple(each["total_time_ns"] / SECOND_NS for each in buckets),
    )
