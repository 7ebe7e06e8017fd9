"""Clients thought of after the detection was made: presence, autosave, panels, services, deliveries, queues, software kits."""

from dataclasses import dataclass, field

from storms.clients import Sender, failed
from storms.engine import Attempt


@dataclass
class Presence(Sender):
    """Says every few seconds, by the clock, that somebody types, for as long as that lasts; then nothing for a while."""

    every_s: float = 3.0
    types_s: float = 20.0
    rests_s: float = 60.0

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.rests_s), self._begin)

    def _begin(self) -> None:
        self._say(self.clock.now + self.clock.random.expovariate(1 / self.types_s))

    def _say(self, until_s: float) -> None:
        if self.clock.now > until_s:
            self.start()
            return
        self.send(self.operation(), 1, "first")
        self.pause(self.every_s, lambda: self._say(until_s))


@dataclass
class Autosave(Presence):
    """An editor that saves when its author has not typed for a moment, whether or not the last save was answered."""

    every_s: float = 1.0

    def _say(self, until_s: float) -> None:
        if self.clock.now > until_s:
            self.start()
            return
        word_s = 0.8 * self.clock.random.lognormvariate(0, 0.6)
        self.pause(self.every_s + word_s, lambda: self._save(until_s))

    def _save(self, until_s: float) -> None:
        self.send(self.operation(), 1, "first")
        self._say(until_s)


@dataclass
class Panels(Sender):
    """A wall of charts: all of them asked for at once by the clock, at one URL or each at its own; some wait for the last."""

    period_s: float = 10.0
    panels: int = 6
    one_url: bool = True
    waits: bool = False

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self._refresh)

    def _refresh(self) -> None:
        if not (self.waits and self.open):
            for index in range(self.panels):
                target = self.target if self.one_url else f"{self.target}?panel={index}"
                self.send(self.operation(), 1, "first", target=target)
        self.pause(self.period_s, self._refresh)


@dataclass
class Bursts(Sender):
    """A service or a sender of events: each visitor or event costs one request or several for one thing, at one instant."""

    rate: float = 1.0
    sizes: tuple[int, ...] = (1, 1, 2, 3, 5)

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(self.rate), self._burst)

    def _burst(self) -> None:
        for _ in range(self.clock.random.choice(self.sizes)):
            self.send(self.operation(), 1, "first")
        self.start()


@dataclass
class Outbox(Sender):
    """An app on a phone: what could not be saved waits in an outbox that is sent again, all of it, every `flush_s`."""

    period_s: float = 8.0
    flush_s: float = 5.0
    outbox: dict[int, int] = field(default_factory=dict)  # operation: attempts so far

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self._save)
        self.pause(self.flush_s, self._flush)

    def _save(self) -> None:
        self._try(self.operation(), 1)
        self.pause(self.clock.random.expovariate(1 / self.period_s), self._save)

    def _flush(self) -> None:
        for operation, attempts in list(self.outbox.items()):
            self._try(operation, attempts + 1)
        self.pause(self.flush_s, self._flush)

    def _try(self, operation: int, number: int) -> None:
        self.outbox.pop(operation, None)

        def answered(attempt: Attempt) -> None:
            if failed(attempt.status):
                self.outbox[operation] = number

        reason = "fixed_interval" if number > 1 else "first"
        self.send(operation, number, reason, answered, target=f"{self.target}/{operation}")


@dataclass
class Kit(Sender):
    """A service that asks for one thing after another at random, and gives each try so long and no pause between tries."""

    rate: float = 1.0
    try_s: float = 1.0
    tries: int = 3

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(self.rate), self._next)

    def _next(self) -> None:
        operation = self.operation()
        self._try(operation, 1, f"{self.target}/{operation}")
        self.start()

    def _try(self, operation: int, number: int, target: str) -> None:
        attempt = self.send(operation, number, "timeout_resend" if number > 1 else "first", target=target)
        self.pause(self.try_s, lambda: self._gives_up(attempt, target))

    def _gives_up(self, attempt: Attempt, target: str) -> None:
        if attempt.given_up or attempt.ended is not None:
            return
        self.leave(attempt)
        if attempt.number < self.tries:
            self._try(attempt.operation, attempt.number + 1, target)
