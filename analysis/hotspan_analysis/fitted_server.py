"""A server as its requests show it: what was found, and what a replay draws from."""

from dataclasses import dataclass, replace
from statistics import pstdev
from typing import Final

from hotspan_analysis.queue_model import BLOCKED, TURNS, Trigger

ALIKE: Final = 0.2
"""Coefficient of variation of works that are alike."""
SAME: Final = 0.05
"""Two figures for the usual work that differ by less are one."""


@dataclass(frozen=True, slots=True)
class ServerFit:
    """A server as the requests show it."""

    discipline: str
    workers: float
    demand_s: float
    """Mean work of one request of the endpoint while nothing is wrong."""
    demands_s: tuple[float, ...]
    """The works of requests while nothing is wrong: what a replay draws from."""
    usual_s: float
    """Mean work of those requests that came when little else was in flight; the same, unless this is no such server."""
    beside: tuple[tuple[float, float], ...]
    """Arrival and work of the other endpoints' requests."""
    trigger: Trigger
    calm: int
    crowded: int
    ended_s: float | None = None
    """Median work of those that ended outside a trigger: less than the mean where it is the late ones that are heavier."""
    workers_seen: bool = True
    """Whether some requests were alone: else one at a time in each process is assumed."""
    turns: int = 1
    """How often a request comes to the line for its next turn, where it is worked on in turns."""
    processes: int = 1
    """How many worked at a time."""

    def lines(self, more_workers: float = 0.0) -> int:
        """How many lines there are with so many workers more: one, unless it is each process's own, with one worker each.

        An event loop, or a pool of connections, is a process's own; so a worker more is a process with a line more.
        """
        own = self.discipline in (BLOCKED, TURNS) and round(self.workers) == self.processes
        return max(1, round(self.workers + more_workers)) if own else 1

    def readings(self) -> "list[ServerFit]":
        """This server, and the other reading of it where all works are alike and yet those that ended were lighter."""
        if self.ended_s is None or self.variation > ALIKE or abs(self.ended_s / self.demand_s - 1) < SAME:
            return [self]
        times = self.ended_s / self.demand_s
        return [
            self,
            replace(self, demand_s=self.ended_s, demands_s=tuple(times * demand_s for demand_s in self.demands_s)),
        ]

    @property
    def variation(self) -> float:
        """Coefficient of variation of the work."""
        return pstdev(self.demands_s) / self.demand_s
