"""The clients that are at fault: each repeats a request for one operation in a way of its own (notes on mechanisms M1-M9).

Every attempt says which operation it is for, which attempt of it, and why it was sent: that is the truth a detector is
held against, and only the client knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from storms.engine import Attempt, Clock, Server

RETRIED = frozenset({408, 425, 429, 499})


def failed(status: int | None) -> bool:
    return status is not None and (status >= 500 or status in RETRIED)


@dataclass
class Sender:
    """A program that sends requests: its name, what it asks for, how far away it is, how many connections it has."""

    clock: Clock
    server: Server
    name: str
    endpoint: str
    target: str
    rtt_s: float = 0.02
    connections: int = 1_000_000
    leaving_is_seen: bool = True
    agent: str = "Mozilla/5.0"
    operations: "list[int]" = field(default_factory=lambda: [0])  # shared counter of the world
    open: int = 0
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def operation(self) -> int:
        self.operations[0] += 1
        return self.operations[0]

    def send(
        self, operation: int, number: int, reason: str, answer: Callable[[Attempt], None] | None = None, **more: object
    ) -> Attempt:
        """Sends now, or when one of the client's connections is free; the answer comes half a round trip after its end."""
        attempt = Attempt(
            self.name, self.endpoint, self.target, operation, number, reason, self.clock.now, agent=self.agent
        )
        attempt = replace(attempt, **more) if more else attempt  # type: ignore[arg-type]  # names of Attempt's fields
        attempt.answer = lambda done: self._came_back(done, answer)
        if self.open >= self.connections:
            self.waiting.append(lambda: self._dispatch(attempt))
        else:
            self._dispatch(attempt)
        return attempt

    def leave(self, attempt: Attempt) -> None:
        """Closes the connection without an answer; what was never sent is never sent."""
        if attempt.given_up or attempt.ended is not None:
            return
        if attempt.arrived == 0.0:
            attempt.answer = None
        self.server.leave(attempt)
        self._free()

    def pause(self, seconds: float, action: Callable[[], object]) -> None:
        self.clock.after(max(seconds, 0.0), action)

    def jittered(self, seconds: float, share: float) -> float:
        return seconds * (1 + self.clock.random.uniform(-share, share))

    def _dispatch(self, attempt: Attempt) -> None:
        self.open += 1
        self.clock.after(self.rtt_s / 2, lambda: None if attempt.given_up else self.server.receive(attempt))

    def _came_back(self, attempt: Attempt, answer: Callable[[Attempt], None] | None) -> None:
        def arrive() -> None:
            if attempt.given_up:
                return
            self._free()
            if answer is not None:
                answer(attempt)

        self.clock.after(self.rtt_s / 2, arrive)

    def _free(self) -> None:
        self.open -= 1
        if self.waiting and self.open < self.connections:
            self.waiting.pop(0)()


@dataclass
class TimerResender(Sender):
    """The story: an operation every `period_s`, and while it is unanswered the same request again every `tick_s`."""

    period_s: float = 10.0
    tick_s: float = 1.0
    period_jitter: float = 0.05
    tick_jitter: float = 0.005
    throttled: tuple[float, float] | None = None  # a background tab: from then to then the timer runs once a minute
    fixed_at: float = float("inf")  # the corrected page is deployed
    any_answer: bool = False  # a late answer to an earlier operation resets the timer too

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self.begin)

    def begin(self) -> None:
        self.current = self.operation()
        self._attempt(self.current, 1)

    def _attempt(self, operation: int, number: int) -> None:
        self.send(operation, number, "timer" if number > 1 else "first", self._answered)
        self._plan(operation, number)

    def _plan(self, operation: int, number: int) -> None:
        tick = self.tick_s
        if self.throttled and self.throttled[0] <= self.clock.now < self.throttled[1]:
            tick = max(tick, 60.0)
        self.pause(self.jittered(tick, self.tick_jitter), lambda: self._ticked(operation, number))

    def _ticked(self, operation: int, number: int) -> None:
        if self.current == operation and self.clock.now < self.fixed_at:
            self._attempt(operation, number + 1)

    def _answered(self, attempt: Attempt) -> None:
        if self.current and (self.any_answer or attempt.operation == self.current):
            self.current = 0
            self.pause(self.jittered(self.period_s, self.period_jitter), self.begin)


@dataclass
class ErrorRetrier(Sender):
    """Tries again after an error: `kind` immediate_retry, fixed_interval, backoff or backoff_jitter; then gives up."""

    period_s: float = 10.0
    period_jitter: float = 0.5
    kind: str = "fixed_interval"
    delay_s: float = 1.0
    factor: float = 2.0
    cap_s: float = 30.0
    attempts: int = 5
    header: bool = False
    honours: frozenset[int] = frozenset()  # further statuses this client takes for failures, e.g. 404

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self.begin)

    def begin(self) -> None:
        self._attempt(self.operation(), 1)

    def _attempt(self, operation: int, number: int) -> None:
        announced = number if self.header else None
        self.send(operation, number, self.kind if number > 1 else "first", self._answered, announced=announced)

    def _answered(self, attempt: Attempt) -> None:
        if (failed(attempt.status) or attempt.status in self.honours) and attempt.number < self.attempts:
            number = attempt.number + 1
            self.pause(self._delay(attempt.number), lambda: self._attempt(attempt.operation, number))
        else:
            self.pause(self.jittered(self.period_s, self.period_jitter), self.begin)

    def _delay(self, number: int) -> float:
        if self.kind == "immediate_retry":
            return 0.0
        if self.kind == "fixed_interval":
            return self.jittered(self.delay_s, 0.02)
        grown = min(self.cap_s, self.delay_s * self.factor ** (number - 1))
        return grown if self.kind == "backoff" else self.clock.random.uniform(0, grown)


@dataclass
class Impatient(Sender):
    """Gives an answer `patience_s`, leaves, asks again: a program's timeout (regular) or a person's F5 (irregular)."""

    period_s: float = 10.0
    period_jitter: float = 0.5
    patience_s: float = 5.0
    spread: float = 0.0  # 0: a program's clock; else the sigma of a person's log-normal patience
    attempts: int = 4
    pause_s: float = 0.0
    reason: str = "timeout_resend"

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self.begin)

    def begin(self) -> None:
        self._attempt(self.operation(), 1)

    def _attempt(self, operation: int, number: int) -> None:
        attempt = self.send(operation, number, self.reason if number > 1 else "first", self._answered)
        patience = self.patience_s
        if self.spread:
            patience = self.clock.random.lognormvariate(0, self.spread) * self.patience_s
        self.pause(patience, lambda: self._gives_up(attempt))

    def _gives_up(self, attempt: Attempt) -> None:
        if attempt.given_up or attempt.ended is not None:
            return
        self.leave(attempt)
        if attempt.number < self.attempts:
            self.pause(self.pause_s, lambda: self._attempt(attempt.operation, attempt.number + 1))
        else:
            self._rest()

    def _answered(self, _: Attempt) -> None:
        self._rest()

    def _rest(self) -> None:
        self.pause(self.jittered(self.period_s, self.period_jitter), self.begin)


@dataclass
class Hedger(Sender):
    """A service that sends a second copy after `delay_s` and drops the loser; operations come at random."""

    rate: float = 0.5
    delay_s: float = 0.5
    distinct_targets: bool = False

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(self.rate), self._next)

    def _next(self) -> None:
        operation = self.operation()
        target = f"{self.target}/{operation}" if self.distinct_targets else self.target
        pair: list[Attempt] = []

        def answered(winner: Attempt) -> None:
            for other in pair:
                if other is not winner:
                    self.leave(other)
            pair.append(winner)  # answered: no second copy any more

        pair.append(self.send(operation, 1, "first", answered, target=target))

        def hedge() -> None:
            if len(pair) == 1:
                pair.append(self.send(operation, 2, "hedging", answered, target=target))

        self.pause(self.delay_s, hedge)
        self.start()


@dataclass
class Proxied(Sender):
    """A client behind a gateway that retries for it, says so in a header, and gives each try `try_s`."""

    period_s: float = 5.0
    try_s: float = 2.0
    attempts: int = 3
    backoff_s: float = 0.025

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.period_s), self.begin)

    def begin(self) -> None:
        self._attempt(self.operation(), 1)

    def _attempt(self, operation: int, number: int) -> None:
        state = {"open": True}

        def settled(again: bool) -> None:
            state["open"] = False
            if again and number < self.attempts:
                wait = self.clock.random.uniform(0, self.backoff_s * 2**number)
                self.pause(wait, lambda: self._attempt(operation, number + 1))
            else:
                self.start()

        attempt = self.send(
            operation,
            number,
            "gateway" if number > 1 else "first",
            lambda a: settled(failed(a.status)),
            announced=number,
        )

        def expired() -> None:
            if state["open"] and attempt.ended is None:
                self.leave(attempt)
                settled(True)

        self.pause(self.try_s, expired)
