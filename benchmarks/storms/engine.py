"""A server under virtual time: what arrives, how it queues, when it is answered.

Three kinds of queue: processor sharing (a threaded app on few cores), first come first served (a worker or connection
pool) and a blocked event loop (an `async def` handler that blocks, so that nobody even notes an arrival while it works).
"""

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Action = Callable[[], object]


class Clock:
    """Virtual time in seconds, and what is due when. Equal times keep the order in which they were planned."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.random = random.Random(seed)
        self._due: list[tuple[float, int, Action]] = []
        self._ticket = itertools.count()

    def at(self, time: float, action: Action) -> None:
        heapq.heappush(self._due, (max(time, self.now), next(self._ticket), action))

    def after(self, delay: float, action: Action) -> None:
        self.at(self.now + delay, action)

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, action = heapq.heappop(self._due)
            action()
        self.now = until


@dataclass(slots=True, eq=False)
class Attempt:
    """One HTTP request as the client knows it (operation, number, reason) and as the server saw it (the rest)."""

    client: str
    endpoint: str
    target: str
    operation: int
    number: int
    reason: str
    sent: float
    arrived: float = 0.0
    started: float | None = None  # when the application first saw it
    ended: float | None = None
    status: int | None = None
    given_up: bool = False  # the client left before the answer
    announced: int | None = None  # what a header says about the attempt
    operation_key: str | None = None
    worker: int = 1
    agent: str = "Mozilla/5.0"
    held_open: bool = False
    speculative: bool = False
    answered_with: int | None = None  # a status that this attempt gets, whatever the server would say
    answer: Callable[["Attempt"], None] | None = None
    demand: float = 0.0


@dataclass(slots=True)
class Trouble:
    """What goes wrong on the server and when: `factor` times the work, or an error instead of an answer."""

    start: float
    end: float
    factor: float = 1.0
    fail_share: float = 0.0
    status: int = 503
    endpoints: Sequence[str] = ()  # empty: all of them

    def hits(self, time: float, endpoint: str) -> bool:
        return self.start <= time < self.end and (not self.endpoints or endpoint in self.endpoints)


@dataclass(slots=True)
class Work:
    """How much work one endpoint is: seconds on an idle server, and how much that varies (coefficient of variation)."""

    mean_s: float
    variation: float = 0.3
    status: int = 200

    def draw(self, rng: random.Random) -> float:
        return self.mean_s * rng.gammavariate(1 / self.variation**2, self.variation**2) if self.mean_s else 0.0


@dataclass
class Server:
    """Takes attempts, lets them queue, answers them. `queue` is ps, fcfs or blocked; `capacity` how many run at once."""

    clock: Clock
    queue: str
    capacity: int
    work: dict[str, Work]
    troubles: list[Trouble] = field(default_factory=list)
    stops_when_client_leaves: bool = False
    background_errors: float = 0.0
    seen: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._shared = _Sharing(self) if self.queue == "ps" else None
        self._waiting: list[Attempt] = []
        self._running = 0
        if self.queue == "blocked":
            self.capacity = 1

    def receive(self, attempt: Attempt) -> None:
        attempt.arrived = self.clock.now
        self.seen.append(attempt)
        if self.queue != "blocked":
            attempt.started = self.clock.now
        work = self.work[attempt.endpoint]
        attempt.status = attempt.answered_with or self._outcome(attempt.endpoint, work)
        attempt.demand = 0.002 if attempt.status >= 500 else work.draw(self.clock.random)
        if attempt.held_open:
            attempt.started = self.clock.now
            self.clock.after(attempt.demand, lambda: self.finish(attempt))
        elif self._shared is not None:
            attempt.demand *= self._factor(attempt.endpoint)
            self._shared.add(attempt)
        else:
            self._waiting.append(attempt)
            self._serve()

    def leave(self, attempt: Attempt) -> None:
        """The client closes the connection; only some servers stop working then."""
        attempt.given_up = True
        if self.stops_when_client_leaves and attempt.ended is None:
            if self._shared is not None and not attempt.held_open:
                self._shared.remove(attempt)
            self.finish(attempt)

    def finish(self, attempt: Attempt) -> None:
        if attempt.ended is not None:
            return
        attempt.ended = self.clock.now
        if attempt.answer is not None and not attempt.given_up:
            attempt.answer(attempt)

    def _outcome(self, endpoint: str, work: Work) -> int:
        for trouble in self.troubles:
            if trouble.hits(self.clock.now, endpoint) and self.clock.random.random() < trouble.fail_share:
                return trouble.status
        return 500 if self.clock.random.random() < self.background_errors else work.status

    def _factor(self, endpoint: str) -> float:
        return max((t.factor for t in self.troubles if t.hits(self.clock.now, endpoint)), default=1.0)

    def _serve(self) -> None:
        while self._waiting and self._running < self.capacity:
            attempt = self._waiting.pop(0)
            if attempt.ended is not None:
                continue
            self._running += 1
            if attempt.started is None:
                attempt.started = self.clock.now
            attempt.demand *= self._factor(attempt.endpoint)
            self.clock.after(attempt.demand, lambda done=attempt: self._served(done))  # type: ignore[misc]  # bound now

    def _served(self, attempt: Attempt) -> None:
        self._running -= 1
        self.finish(attempt)
        self._serve()


class _Sharing:
    """Processor sharing in virtual service time: each of n jobs gets min(1, capacity / n) of a core."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.service = 0.0  # what a job present since second zero would have got
        self.since = 0.0
        self.jobs: list[tuple[float, int, Attempt]] = []
        self.count = 0
        self.ticket = itertools.count()
        self.version = 0

    def add(self, attempt: Attempt) -> None:
        self._advance()
        heapq.heappush(self.jobs, (self.service + attempt.demand, next(self.ticket), attempt))
        self.count += 1
        self._plan()

    def remove(self, attempt: Attempt) -> None:
        self._advance()
        self.jobs = [job for job in self.jobs if job[2] is not attempt]
        heapq.heapify(self.jobs)
        self.count = len(self.jobs)
        self._plan()

    def _rate(self) -> float:
        return min(1.0, self.server.capacity / self.count) if self.count else 0.0

    def _advance(self) -> None:
        now = self.server.clock.now
        self.service += (now - self.since) * self._rate()
        self.since = now

    def _plan(self) -> None:
        self.version += 1
        if self.jobs:
            wait = max(0.0, self.jobs[0][0] - self.service) / self._rate()
            self.server.clock.after(wait, lambda version=self.version: self._due(version))  # type: ignore[misc]  # bound now

    def _due(self, version: int) -> None:
        if version != self.version:
            return
        self._advance()
        _, _, attempt = heapq.heappop(self.jobs)
        self.count -= 1
        self._plan()
        self.server.finish(attempt)
