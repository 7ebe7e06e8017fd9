"""What changed between two stretches of time, two sources, or two versions of a service."""

from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis import confidence
from hotspan_analysis.confidence import Interval
from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Query, Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import SECOND_NS, Window

Key = tuple[str, str, str, str]
_KEY: Final = ("service", "kind", "method", "route")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: its figures by endpoint."""

    window: Window
    figures: dict[Key, dict[str, Any]]
    query: Query


@dataclass(frozen=True, slots=True)
class Change:
    """One endpoint or job, before and after. Intervals hold the true value 95 times of 100; empty ends are unknown."""

    service: str = column("Service", "service.name of the process that answered")
    kind: str = column("Kind", "web, job or held_open")
    endpoint: str = column("Endpoint", "METHOD route; the span's name for a job")
    method: str = column("Method", "HTTP method, empty for a job")
    route: str = column("Route", "route template as the framework has it")
    verdict: str = column(
        "Verdict",
        "regressed: median, p95 or error rate is surely up; improved: one is surely down and none up; new, gone: on one "
        "side only, and surely not by chance; busier, quieter: only the rate surely changed; unclear: anything else",
    )
    cost_erlangs: float | None = column(
        "Cost",
        "requests after / length of the window x (mean after - mean before): load added by being slower",
        "erlangs",
    )
    requests_before: int = column("Requests before", "requests that started in the window")
    requests_after: int = column("Requests after", "requests that started in the window")
    total_time_before_ns: int = column("Total time before", "sum of the durations", "ns")
    total_time_after_ns: int = column("Total time after", "sum of the durations", "ns")
    throughput_before_rpm: float = column("Rate before", "requests / length of the window", "/min")
    throughput_after_rpm: float = column("Rate after", "requests / length of the window", "/min")
    throughput_ratio: float | None = column("Rate", "rate after / rate before", "ratio")
    throughput_low: float | None = column("Rate, low", "95 % interval of the ratio, bursts allowed for", "ratio")
    throughput_high: float | None = column("Rate, high", "95 % interval of the ratio, bursts allowed for", "ratio")
    share_before: float = column("Share before", "total time / total time of everything of the same kind", "0-1")
    share_after: float = column("Share after", "total time / total time of everything of the same kind", "0-1")
    share_change: float = column("Share", "share after - share before", "0-1")
    p50_before_ms: float | None = column("p50 before", "exact median of the durations", "ms")
    p50_after_ms: float | None = column("p50 after", "exact median of the durations", "ms")
    p50_ratio: float | None = column("p50", "median after / median before", "ratio")
    p50_low: float | None = column("p50, low", "low end of after / high end of before, each a 95 % interval", "ratio")
    p50_high: float | None = column("p50, high", "high end of after / low end of before, each a 95 % interval", "ratio")
    p95_before_ms: float | None = column("p95 before", "exact 95th percentile of the durations", "ms")
    p95_after_ms: float | None = column("p95 after", "exact 95th percentile of the durations", "ms")
    p95_ratio: float | None = column("p95", "p95 after / p95 before", "ratio")
    p95_low: float | None = column("p95, low", "low end of after / high end of before, each a 95 % interval", "ratio")
    p95_high: float | None = column("p95, high", "high end of after / low end of before, each a 95 % interval", "ratio")
    errors_before: int = column("Errors before", "status of 500 and above, or the app raised")
    errors_after: int = column("Errors after", "status of 500 and above, or the app raised")
    error_rate_before: float | None = column("Error rate before", "errors / requests", "0-1")
    error_rate_after: float | None = column("Error rate after", "errors / requests", "0-1")
    error_rate_change: float | None = column("Error rate", "error rate after - error rate before", "0-1")
    error_rate_low: float | None = column("Error rate, low", "95 % interval of the difference (Newcombe)", "0-1")
    error_rate_high: float | None = column("Error rate, high", "95 % interval of the difference (Newcombe)", "0-1")


class Comparison(Rows[Change]):
    """Every endpoint of either side; what costs most by being slower comes first."""

    def __init__(self, before: Side, after: Side) -> None:
        keys = before.figures.keys() | after.figures.keys()
        changes = [_change(before, after, key) for key in keys]
        super().__init__(Change, sorted(changes, key=_rank), [before.query, after.query])
        self.before = before.window
        self.after = after.window

    def of_verdict(self, verdict: str) -> list[Change]:
        """Those with a verdict, what matters most first."""
        found = [row for row in self if row.verdict == verdict]
        return found[::-1] if verdict == "improved" else found


def side(engine: Engine, window: Window, selection: Selection) -> Side:
    """The figures of one side."""
    answer = engine.ask(
        "compared", **selection.bind(window), slices=confidence.SLICES, fractions=list(confidence.FRACTIONS)
    )
    figures = {tuple(each[name] for name in _KEY): each for each in answer.dicts()}
    return Side(window, figures, answer.query)


def compare(before: Side, after: Side) -> Comparison:
    """Sets the two sides against each other, endpoint by endpoint."""
    return Comparison(before, after)


def _change(before: Side, after: Side, key: Key) -> Change:
    old, new = before.figures.get(key, _NOTHING), after.figures.get(key, _NOTHING)
    lengths = (before.window.length_s, after.window.length_s)
    rate = confidence.of_rate_ratio(old["requests"], new["requests"], lengths, (old["squares"], new["squares"]))
    p50, p95 = (_quantile_ratio(fraction, old, new) for fraction in (confidence.P50, confidence.P95))
    errors = confidence.of_share_difference((old["errors"], old["requests"]), (new["errors"], new["requests"]))
    return Change(
        **dict(zip(_KEY, key, strict=True)),
        endpoint=(old if old is not _NOTHING else new)["endpoint"],
        verdict=_verdict(old["requests"], new["requests"], rate, (p50, p95), errors),
        cost_erlangs=_cost(old, new, after.window),
        requests_before=old["requests"],
        requests_after=new["requests"],
        total_time_before_ns=old["total_time_ns"],
        total_time_after_ns=new["total_time_ns"],
        throughput_before_rpm=old["throughput_rpm"],
        throughput_after_rpm=new["throughput_rpm"],
        throughput_ratio=_ratio(new["throughput_rpm"], old["throughput_rpm"]),
        throughput_low=rate.low,
        throughput_high=rate.high,
        share_before=old["time_share"],
        share_after=new["time_share"],
        share_change=new["time_share"] - old["time_share"],
        p50_before_ms=old["p50_ms"],
        p50_after_ms=new["p50_ms"],
        p50_ratio=_ratio(new["p50_ms"], old["p50_ms"]),
        p50_low=p50.low,
        p50_high=p50.high,
        p95_before_ms=old["p95_ms"],
        p95_after_ms=new["p95_ms"],
        p95_ratio=_ratio(new["p95_ms"], old["p95_ms"]),
        p95_low=p95.low,
        p95_high=p95.high,
        errors_before=old["errors"],
        errors_after=new["errors"],
        error_rate_before=old["error_rate"],
        error_rate_after=new["error_rate"],
        error_rate_change=_difference(new["error_rate"], old["error_rate"]),
        error_rate_low=errors.low,
        error_rate_high=errors.high,
    )


def _verdict(old: int, new: int, rate: Interval, durations: tuple[Interval, ...], errors: Interval) -> str:
    if not old or not new:
        return ("gone" if old else "new") if rate.excludes(1) else "unclear"
    if errors.is_above(0) or any(each.is_above(1) for each in durations):
        return "regressed"
    if errors.excludes(0) or any(each.excludes(1) for each in durations):
        return "improved"
    if rate.excludes(1):
        return "busier" if rate.is_above(1) else "quieter"
    return "unclear"


def _rank(change: Change) -> tuple[float, int, Key]:
    most = max(change.total_time_before_ns, change.total_time_after_ns)
    return -(change.cost_erlangs or 0.0), -most, (change.service, change.kind, change.method, change.route)


def _cost(old: dict[str, Any], new: dict[str, Any], window: Window) -> float | None:
    slower_ms = _difference(new["mean_ms"], old["mean_ms"])
    return None if slower_ms is None else float(new["requests"] * slower_ms * 1e-3 / (window.length_ns / SECOND_NS))


def _quantile_ratio(fraction: float, old: dict[str, Any], new: dict[str, Any]) -> Interval:
    if not old["requests"] or not new["requests"]:
        return Interval(None, None)
    before, after = (confidence.of_quantile(fraction, each["requests"], each["tail_ns"]) for each in (old, new))
    return confidence.of_ratio(before, after)


def _ratio(after: float | None, before: float | None) -> float | None:
    return None if after is None or not before else after / before


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


_NOTHING: Final[dict[str, Any]] = {
    "requests": 0,
    "squares": 0,
    "errors": 0,
    "total_time_ns": 0,
    "throughput_rpm": 0.0,
    "time_share": 0.0,
    "p50_ms": None,
    "p95_ms": None,
    "mean_ms": None,
    "error_rate": None,
}
