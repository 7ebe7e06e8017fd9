"""A server in virtual time: requests with a demand each go in, and come out when their turn and their work are done.

Processor sharing: each of n requests gets min(1, capacity / n) of a processor, as threads on a few cores do. First come,
first served: `capacity` at a time, the others wait in line, as behind a pool of workers or connections; a blocked event
loop is such a line with one worker. Round robin lies between them: a request comes to that line again and again, as one
does that asks a database twelve times over a few connections. Of one turn it is the line, of very many it is sharing.
"""

import heapq
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Final, Protocol

SHARING: Final = "processor_sharing"
LINE: Final = "first_come_first_served"
BLOCKED: Final = "blocked_loop"
TURNS: Final = "round_robin"
NOBODY: Final = -1
"""The number of a request that nobody waits for: load beside the endpoint in question, its demand is as recorded."""
NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A stretch in which each request of the endpoint needs `factor` times the work."""

    from_s: float
    to_s: float
    factor: float

    def factor_at(self, moment_s: float) -> float:
        """How much more work than usual begins at this moment."""
        return self.factor if self.from_s <= moment_s < self.to_s else 1.0


NO_TRIGGER: Final = Trigger(NEVER, NEVER, 1.0)


class Queue(Protocol):
    """Where requests are worked on. `next_end_s` is when the next one will be done, if no other comes before."""

    next_end_s: float

    def add(self, now_s: float, demand_s: float, number: int) -> None:
        """A request comes in."""
        ...

    def finish(self) -> int:
        """The request that is done at `next_end_s` goes out; its number."""
        ...


class SharedProcessors:
    """Processor sharing, in virtual service time: what a request present from the start would have got by now.

    A request is done when the service reaches what it was at its arrival plus its demand. That order never changes, so
    a heap holds it, and an arrival or an end costs O(log n) however many are in flight.
    """

    def __init__(self, capacity: float, trigger: Trigger = NO_TRIGGER) -> None:
        self.next_end_s = NEVER
        self._capacity = capacity
        self._trigger = trigger
        self._service_s = 0.0
        self._since_s = 0.0
        self._rate = 0.0
        self._jobs: list[tuple[float, int]] = []

    def add(self, now_s: float, demand_s: float, number: int) -> None:
        """A request comes in; a trigger makes it heavier by when it came."""
        if number >= 0:
            demand_s *= self._trigger.factor_at(now_s)
        self._service_s += (now_s - self._since_s) * self._rate
        heapq.heappush(self._jobs, (self._service_s + demand_s, number))
        self._plan(now_s)

    def finish(self) -> int:
        """The request whose demand is met."""
        self._service_s, number = heapq.heappop(self._jobs)
        self._plan(self.next_end_s)
        return number

    def _plan(self, now_s: float) -> None:
        self._since_s = now_s
        count = len(self._jobs)
        if not count:
            self.next_end_s, self._rate = NEVER, 0.0
            return
        self._rate = self._capacity / count if count > self._capacity else 1.0
        self.next_end_s = now_s + max(0.0, self._jobs[0][0] - self._service_s) / self._rate


class Line:
    """First come, first served by a whole number of workers."""

    def __init__(self, capacity: float, trigger: Trigger = NO_TRIGGER) -> None:
        self.next_end_s = NEVER
        self._workers = max(1, round(capacity))
        self._trigger = trigger
        self._running: list[tuple[float, int]] = []
        self._waiting: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, demand_s: float, number: int) -> None:
        """A request comes in, and is begun if a worker is free."""
        if len(self._running) < self._workers:
            self._begin(now_s, demand_s, number)
        else:
            self._waiting.append((demand_s, number))

    def finish(self) -> int:
        """The request that is done; its worker takes the next in line."""
        now_s, number = heapq.heappop(self._running)
        if self._waiting:
            self._begin(now_s, *self._waiting.popleft())
        self.next_end_s = self._running[0][0] if self._running else NEVER
        return number

    def _begin(self, now_s: float, demand_s: float, number: int) -> None:
        """A trigger makes a request heavier by when its work begins."""
        if number >= 0:
            demand_s *= self._trigger.factor_at(now_s)
        heapq.heappush(self._running, (now_s + demand_s, number))
        self.next_end_s = self._running[0][0]


class RoundRobin:
    """A whole number of workers, who do one turn of a request, and then the next in line, which may be the same again.

    The endpoint's requests come in `turns` turns each; others in as many as they need of that length.
    """

    def __init__(self, capacity: float, turns: int, turn_s: float, trigger: Trigger = NO_TRIGGER) -> None:
        self.next_end_s = NEVER
        self._idle = max(1, round(capacity))
        self._turns, self._turn_s = turns, turn_s
        self._trigger = trigger
        self._running: list[tuple[float, int, float, int]] = []
        self._waiting: deque[tuple[int, float, int]] = deque()

    def add(self, now_s: float, demand_s: float, number: int) -> None:
        """A request comes in; a trigger makes each of its turns longer by when it came."""
        turns = self._turns if number >= 0 else max(1, ceil(demand_s / self._turn_s))
        if number >= 0:
            demand_s *= self._trigger.factor_at(now_s)
        self._waiting.append((turns, demand_s / turns, number))
        if self._idle:
            self._idle -= 1
            self._begin(now_s)

    def finish(self) -> int:
        """The request whose last turn is over; NOBODY when there is another turn to come."""
        now_s, left, turn_s, number = heapq.heappop(self._running)
        if left:
            self._waiting.append((left, turn_s, number))
        if self._waiting:
            self._begin(now_s)
        else:
            self._idle += 1
            self.next_end_s = self._running[0][0] if self._running else NEVER
        return NOBODY if left else number

    def _begin(self, now_s: float) -> None:
        left, turn_s, number = self._waiting.popleft()
        heapq.heappush(self._running, (now_s + turn_s, left - 1, turn_s, number))
        self.next_end_s = self._running[0][0]


class Apart:
    """Queues of processes with a line each. A connection comes to one of them at random, and all it brings goes there."""

    def __init__(self, queues: Sequence[Queue], chance: Random, connection_of: Callable[[int], Hashable]) -> None:
        self.next_end_s = NEVER
        self._queues, self._chance = queues, chance
        self._connection_of = connection_of
        self._where: dict[Hashable, Queue] = {}

    def add(self, now_s: float, demand_s: float, number: int) -> None:
        """A request comes in, and stays where it is even if another queue is empty."""
        queue = self._chance.choice(self._queues)
        if number >= 0:
            queue = self._where.setdefault(self._connection_of(number), queue)
        queue.add(now_s, demand_s, number)
        self._plan()

    def finish(self) -> int:
        """What the queue says that is the first to be done with something."""
        number = self._next.finish()
        self._plan()
        return number

    def _plan(self) -> None:
        self._next = min(self._queues, key=lambda queue: queue.next_end_s)
        self.next_end_s = self._next.next_end_s


def queue_of(
    discipline: str, capacity: float, trigger: Trigger = NO_TRIGGER, turns: int = 1, turn_s: float = NEVER
) -> Queue:
    """An empty server of that discipline; how many turns a request comes in, and how long others' are, if in turns."""
    if discipline == TURNS:
        return RoundRobin(capacity, turns, turn_s, trigger)
    return SharedProcessors(capacity, trigger) if discipline == SHARING else Line(capacity, trigger)
