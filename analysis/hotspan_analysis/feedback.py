"""The feedback loop of a storm as data: the server's work per request stayed the same while its answers got slower.

After "attained service" and the utilisation law of queueing theory (Lazowska et al., Quantitative System Performance,
1984, chapters 3 and 10); hidden capacity after Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from hotspan_analysis import queries
from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Query, Rows, column
from hotspan_analysis.storm_results import Storm
from hotspan_analysis.timeline import bucket_width_ns
from hotspan_analysis.window import SECOND_NS, Window, iso
from hotspan_collector.errors import BadInputError

SATURATED: Final = 8
"""So many in flight are more than a process works on at once; its throughput is its capacity then."""
SHORTEST_NS: Final = 5 * SECOND_NS
"""A stretch is as long at least, or it holds too few requests to say anything."""
FEWEST_IDLE: Final = 5
"""Requests that came to an idle process: fewer do not tell what one takes."""
MOST_POINTS: Final = 240
CALM_SHARE: Final = 0.25
"""The calmest quarter of the stretches says what is normal."""


@dataclass(frozen=True, slots=True)
class Point:
    """One stretch of one endpoint."""

    at: str = column("At", "start of the stretch", "ISO 8601, UTC")
    requests: int = column("Requests", "requests that started in it")
    duplicates: int = column("Duplicates", "of these, sent while an earlier one for the same target was open")
    in_flight: float = column("In flight", "requests of the process in flight at their start, mean")
    latency_s: float = column("Latency", "mean duration; open requests count up to now", "s")
    demand_s: float | None = column(
        "Demand",
        "mean work done for one request: its share of the capacity over its duration; none where too little was calm to tell",
        "s",
    )
    resend_gap_s: float | None = column("Resend gap", "median distance from one attempt to the next", "s")


@dataclass(frozen=True, slots=True)
class Feedback:
    """How latency, load, demand and resend gap of one endpoint went together, and what that means."""

    service: str
    endpoint: str
    window: Window
    bucket_s: float
    """How long a stretch is."""
    points: Rows[Point]
    demand_s: float | None
    """Seconds of work for one request on an idle server; None if fewer than FEWEST_IDLE came to one."""
    capacity: float | None
    """Seconds of work the service gets done in a second; None if it was never saturated, or demand_s is not known."""
    latency_growth: float | None
    """Latency in the slowest quarter of the stretches (median) / in the calmest quarter."""
    demand_growth: float | None
    """The same of the demand per request: near 1, the server is not to blame."""
    busy: float | None
    """Utilisation in the calm stretches: requests per second x demand / capacity."""
    worst: float | None
    """What the clients of these storms can ask for: clients / resend gap x demand / capacity; above 1 it locks up."""
    queries: Sequence[Query] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        names = ("demand_s", "capacity", "latency_growth", "demand_growth", "busy", "worst")
        figures = {name: getattr(self, name) for name in names}
        return {
            "service": self.service,
            "endpoint": self.endpoint,
            "window": self.window.as_dict(),
            **figures,
            "points": self.points.as_dicts(),
        }


def feedback(engine: Engine, window: Window, service: str, endpoint: str, storms: Sequence[Storm] = ()) -> Feedback:
    """How the endpoint went in the window, a point for each stretch; `storms` are those found on it, if any."""
    method, _, route = endpoint.partition(" ")
    bucket_ns = max(SHORTEST_NS, bucket_width_ns(window, MOST_POINTS))
    values: dict[str, Any] = {
        "service": service,
        "method": method,
        "route": route,
        "from_ns": window.from_ns,
        "to_ns": window.to_ns,
        "bucket_ns": bucket_ns,
        "saturated": SATURATED,
        "fewest": FEWEST_IDLE,
    }
    asked = [engine.keep(name, **queries.needed(name, values)) for name in _STEPS]
    capacities = [
        row["capacity"]
        for row in engine.ask("feedback_capacity", **queries.needed("feedback_capacity", values)).dicts()
    ]
    idle = engine.ask("feedback_idle", **queries.needed("feedback_idle", values)).dicts()
    demand_s = next((row["demand_s"] for row in idle if (row["method"], row["route"]) == (method, route)), None)
    values["default_capacity"] = median(capacities) if capacities else float("inf")
    answer = engine.ask("feedback", **queries.needed("feedback", values))
    points = [_point(row) for row in answer.dicts()]
    if capacities and demand_s is None:  # what it got done in a second is not known, nor what it got done for one
        capacities, points = [], [replace(point, demand_s=None) for point in points]
    return _summed_up(
        service, endpoint, window, points, demand_s, capacities, storms, bucket_ns / SECOND_NS, [*asked, answer.query]
    )


def service_of(engine: Engine, window: Window, endpoint: str) -> str:
    """The service with that endpoint in the window, the one with most requests if there are several.

    Raises BadInputError when there is none.
    """
    method, _, route = endpoint.partition(" ")
    rows = list(
        engine.ask("feedback_service", from_ns=window.from_ns, to_ns=window.to_ns, method=method, route=route).dicts()
    )
    if not rows:
        raise BadInputError(f"no request to {endpoint!r} started in this window; see `hotspan top` for what there is")
    service: str = rows[0]["service"]
    return service


_STEPS: Final = ("feedback_flow", "feedback_idle", "feedback_capacity")


def _point(row: dict[str, Any]) -> Point:
    return Point(at=iso(int(row.pop("at_ns"))), **row)


def _summed_up(
    service: str,
    endpoint: str,
    window: Window,
    points: list[Point],
    demand_s: float | None,
    capacities: Sequence[float],
    storms: Sequence[Storm],
    bucket_s: float,
    asked: Sequence[Query],
) -> Feedback:
    capacity = sum(capacities) or None
    calm = sorted(points, key=lambda point: point.latency_s)[: max(1, round(len(points) * CALM_SHARE))]
    slow = sorted(points, key=lambda point: -point.latency_s)[: max(1, round(len(points) * CALM_SHARE))]
    calm_latency_s = _mean([point.latency_s for point in calm])
    calm_demand_s = demand_s or _mean(_demands_s(calm))
    rate_per_s = _mean([point.requests / bucket_s for point in calm])
    return Feedback(
        service=service,
        endpoint=endpoint,
        window=window,
        bucket_s=bucket_s,
        points=Rows(Point, points, asked),
        demand_s=demand_s,
        capacity=capacity,
        latency_growth=median(point.latency_s for point in slow) / calm_latency_s if slow and calm_latency_s else None,
        demand_growth=median(_demands_s(slow)) / calm_demand_s if slow and calm_demand_s else None,
        busy=rate_per_s * calm_demand_s / capacity if capacity and rate_per_s and calm_demand_s else None,
        worst=_worst(storms, calm_demand_s, capacity),
        queries=asked,
    )


def _worst(storms: Sequence[Storm], demand_s: float | None, capacity: float | None) -> float | None:
    """Hidden capacity: the load if every client resends at its own gap all the time."""
    gaps_s: dict[str, float] = {}
    for storm in storms:
        if storm.resend_gap_s > 0:
            gaps_s[storm.client] = min(storm.resend_gap_s, gaps_s.get(storm.client, storm.resend_gap_s))
    if not gaps_s or not demand_s or not capacity:
        return None
    return sum(1 / gap_s for gap_s in gaps_s.values()) * demand_s / capacity


def _demands_s(points: Sequence[Point]) -> list[float]:
    return [point.demand_s for point in points if point.demand_s is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
