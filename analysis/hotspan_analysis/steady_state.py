"""What queueing theory says of an endpoint when nothing is wrong, and how many workers it takes.

Erlang C for M/M/c, corrected for how much arrivals and work vary (Allen and Cunneen): valid while arrivals do not depend
on the answers and there is room, so after a fix, never during a storm. Hidden capacity is what all clients can ask for
when each of them resends all the time (after Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021).
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

STABLE: Final = "stable"
VULNERABLE: Final = "vulnerable"
OVERLOADED: Final = "overloaded"
BUSY_AT_MOST: Final = 0.7
"""Beyond that waits grow steeply, and a bad minute becomes a bad hour."""
MOST_WORKERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """Clients that each begin an operation every `period_s` after the answer, and the work of one request."""

    clients: float
    period_s: float
    resend_gap_s: float | None
    """None: they wait for the answer."""
    demand_s: float
    workers: float
    variation: float
    beside: float = 0.0
    """Work per second of everything else on the server."""

    @property
    def rate_per_s(self) -> float:
        """Requests per second when all is well: one an operation."""
        return self.clients / (self.period_s + self.demand_s)

    @property
    def busy(self) -> float:
        """Utilisation when all is well: rate x demand / workers."""
        return (self.rate_per_s * self.demand_s + self.beside) / self.workers

    @property
    def worst(self) -> float:
        """What the clients can ask for at worst: clients / resend gap x demand / workers; above 1 it can lock up."""
        gap_s = self.resend_gap_s or self.period_s + self.demand_s
        return (self.clients / min(gap_s, self.period_s + self.demand_s) * self.demand_s + self.beside) / self.workers

    @property
    def verdict(self) -> str:
        """stable: it always heals; vulnerable: it needs only a trigger to lock up; overloaded: it needs none."""
        if self.busy >= 1:
            return OVERLOADED
        return VULNERABLE if self.worst >= 1 else STABLE

    def response_s(self, workers: int) -> float:
        """Mean time to answer with that many workers when all is well; infinite when they cannot keep up."""
        erlangs = self.busy * self.workers
        if erlangs >= workers:
            return float("inf")
        wait_s = erlang_c(workers, erlangs) * self.demand_s / (workers - erlangs)
        return self.demand_s + wait_s * (1 + self.variation**2) / 2  # arrivals of many clients: variation 1

    def workers_needed(self, target_s: float) -> int | None:
        """Fewest workers that are busy 70 % at most and answer within the target on average; None: no number does."""
        if self.demand_s > target_s:
            return None
        first = max(1, ceil(self.busy * self.workers / BUSY_AT_MOST - 1e-9))
        return next((count for count in range(first, MOST_WORKERS) if self.response_s(count) <= target_s), None)

    @property
    def workers_never_locking(self) -> int:
        """Fewest workers with which it heals whatever happens: the clients cannot ask for more than they can do."""
        return max(1, ceil(self.worst * self.workers - 1e-9))


def erlang_c(workers: int, erlangs: float) -> float:
    """Probability that a request has to wait in M/M/c, by the recursion of Erlang B; 1 when the load is too high."""
    if erlangs >= workers:
        return 1.0
    blocked = 1.0
    for count in range(1, workers + 1):
        blocked = erlangs * blocked / (count + erlangs * blocked)
    return blocked / (1 - erlangs / workers * (1 - blocked))
