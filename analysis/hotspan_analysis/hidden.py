"""Storms behind a blocked event loop: no request is noted before its turn, so that none overlaps another.

What is left to see is a process that serves one request after the other without a breath, and clients that get through
more often than they usually ask. Found this way a storm is suspected, never certain.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from hotspan_analysis import chance, queries
from hotspan_analysis.clients import client_id
from hotspan_analysis.engine import Engine
from hotspan_analysis.evidence import Facts
from hotspan_analysis.storm_results import Storm
from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.window import SECOND_NS, Window, iso


@dataclass(frozen=True, slots=True)
class Hidden:
    """One client and target in one stretch without a breath; named as in storm_hidden.sql."""

    service: str
    method: str
    route: str
    client: int
    target: int | None
    worker: int
    client_tier: str
    from_ns: int
    until_ns: int
    first_ns: int
    last_ns: int
    attempts: int
    in_flight_ns: int
    steps_outside: int
    time_outside_s: float

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def length_s(self) -> float:
        """How long the process had no breath."""
        return (self.until_ns - self.from_ns) / SECOND_NS

    @property
    def expected(self) -> float:
        """How often the client would have asked in that time at its pace outside."""
        return self.length_s * self.steps_outside / self.time_outside_s if self.time_outside_s else 0.0

    @property
    def acceleration(self) -> float:
        """How much more often it asked."""
        return self.attempts / self.expected if self.expected else 0.0

    @property
    def significance(self) -> float:
        """Standard deviations between the two paces."""
        return chance.two_rates(self.attempts, self.expected, self.steps_outside)


def hidden(engine: Engine, settings: StormSettings, values: dict[str, Any]) -> list[Hidden]:
    """The clients that are suspected of a storm behind a blocked event loop.

    Each must have asked more often than usual, and all of them on the endpoint together surely so: one client gets
    through too seldom to prove anything by itself.
    """
    engine.keep("storm_islands", **queries.needed("storm_islands", values))
    rows = engine.ask("storm_hidden", **queries.needed("storm_hidden", values)).build(Hidden)
    together: dict[tuple[int, int, str, str], list[Hidden]] = defaultdict(list)
    for row in rows:
        if row.steps_outside >= settings.fewest_pauses:
            together[row.worker, row.from_ns, row.service, row.endpoint].append(row)
    return [row for group in together.values() if _surely(group, settings) for row in group if _one(row, settings)]


def hidden_storm(suspect: Hidden, facts: Facts | None, window: Window) -> Storm:
    """A suspect as a storm, with what can be said of it."""
    operations = max(1, min(suspect.attempts, round(suspect.expected)))
    return Storm(
        service=suspect.service,
        endpoint=suspect.endpoint,
        client=client_id(suspect.client),
        client_tier=suspect.client_tier,
        start=iso(suspect.first_ns),
        end=iso(suspect.last_ns),
        mechanism="timer",
        attempts=suspect.attempts,
        operations=operations,
        duplicates=suspect.attempts - operations,
        amplification=suspect.attempts / operations,
        peak_in_flight=1,
        resend_gap_s=(suspect.last_ns - suspect.first_ns) / max(suspect.attempts - 1, 1) / SECOND_NS,
        acceleration=suspect.acceleration,
        duplicate_in_flight_s=0.0,
        aborted=0,
        statuses={},
        evidence=_evidence(suspect),
        counter_evidence=("No two of its requests overlap, for none could be seen before its turn.",),
        missing=(
            "The time of arrival: with X-Request-Start set by a proxy every attempt would be seen when it was sent.",
            *(("Some requests were dropped on the way in.",) if facts and facts.dropped else ()),
        ),
        margins=(),
        confidence="suspected",
        rule="more than usual while the event loop is blocked",
        because="nothing but their number can be seen of attempts that wait for a blocked event loop",
        advice="Move the blocking call off the event loop (a thread, or a handler without async), then look again.",
        drained=iso(suspect.until_ns),
        lasting=suspect.until_ns >= window.to_ns - SECOND_NS,
        in_flight_s=suspect.in_flight_ns / SECOND_NS,
        timeline=(),
    )


def _evidence(suspect: Hidden) -> tuple[str, ...]:
    busy = (
        f"For {suspect.length_s:.0f} s its process served one request right after another, as one with a blocked event "
        "loop does: requests wait where nobody notes them."
    )
    through = (
        f"In that time {suspect.attempts:,} requests of this client got through, {suspect.acceleration:.1f} times as "
        f"many as usual ({suspect.significance:.1f} standard deviations)."
    )
    return busy, through


def _one(row: Hidden, settings: StormSettings) -> bool:
    return row.acceleration >= settings.hidden_acceleration and row.significance >= settings.hidden_significance


def _surely(group: list[Hidden], settings: StormSettings) -> bool:
    seen, expected = sum(row.attempts for row in group), sum(row.expected for row in group)
    known = sum(row.steps_outside for row in group)
    return chance.two_rates(seen, expected, known) >= settings.significance
