"""More of the innocent, as production has them: one URL for everything, typists, bursts of events, probes in trouble, handshakes."""

from dataclasses import dataclass

from storms.clients import Sender
from storms.engine import Attempt


@dataclass
class Clicker(Sender):
    """A person at an app with one URL for everything (GraphQL, JSON-RPC): page loads, clicks, a slow report now and then."""

    visit_every_s: float = 60.0
    click_every_s: float = 3.0
    report: str = ""  # the endpoint whose work a slow query costs; empty: no slow queries

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.visit_every_s), self._visit)

    def _visit(self) -> None:
        self._ask(self.clock.random.randint(2, 6), lambda: self._ask(self.clock.random.randint(1, 4)))
        self._click(self.clock.random.randint(2, 12))

    def _click(self, left: int) -> None:
        if not left:
            self.start()
            return
        self._ask(self.clock.random.choice([1, 1, 2, 4]))
        self.pause(self.clock.random.lognormvariate(0, 0.7) * self.click_every_s, lambda: self._click(left - 1))

    def _ask(self, count: int, after: "object" = None) -> None:
        waiting = [count]

        def answered(_: Attempt) -> None:
            waiting[0] -= 1
            if not waiting[0] and callable(after):
                after()

        for _ in range(count):
            self.pause(self.clock.random.uniform(0, 0.06), lambda: self.send(self.operation(), 1, "first", answered))


@dataclass
class Typist(Sender):
    """A search box that asks at every letter, always at one URL; the page drops the answers it no longer needs, or not."""

    search_every_s: float = 30.0
    letter_s: float = 0.25
    drops: bool = True

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.search_every_s), lambda: self._type(12, None))

    def _type(self, left: int, before: Attempt | None) -> None:
        if before is not None and self.drops:
            self.leave(before)
        if not left or self.clock.random.random() < 0.1:
            self.start()
            return
        sent = self.send(self.operation(), 1, "first")
        self.pause(
            max(0.08, self.clock.random.lognormvariate(0, 0.4) * self.letter_s), lambda: self._type(left - 1, sent)
        )


@dataclass
class Reader(Sender):
    """A page that reports what its reader does, to one URL: events in bursts, then nothing for a while."""

    event_every_s: float = 2.0
    away_s: float = 60.0
    spread: float = 0.6

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.away_s), lambda: self._event(self._length()))

    def _length(self) -> int:
        return self.clock.random.randint(5, 30)

    def _event(self, left: int) -> None:
        self.send(self.operation(), 1, "first")
        if left:
            pause = self.clock.random.lognormvariate(0, self.spread) * self.event_every_s
            self.pause(pause, lambda: self._event(left - 1))
        else:
            self.start()


@dataclass
class Probe(Sender):
    """A monitor: every `period_s` on the dot, gives an answer `patience_s`, and does not care what it was."""

    period_s: float = 60.0
    patience_s: float = 5.0

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self._ask)

    def _ask(self) -> None:
        attempt = self.send(self.operation(), 1, "first")
        self.pause(self.patience_s, lambda: self.leave(attempt))
        self.pause(self.jittered(self.period_s, 0.0005), self._ask)


@dataclass
class Handshaker(Sender):
    """Every operation is refused once or twice before it is let in: NTLM, Digest, a registry's token."""

    period_s: float = 10.0
    refusals: int = 1

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.period_s), lambda: self._ask(self.operation(), 0))

    def _ask(self, operation: int, number: int) -> None:
        if number < self.refusals:
            self.send(operation, 1, "first", lambda _: self._ask(operation, number + 1), answered_with=401)
        else:
            self.send(operation, 1, "first", lambda _: self.start())


@dataclass
class Upstream(Sender):
    """A service behind one key: each of its own visitors makes it call several times, at moments of its own choosing."""

    visitors_per_s: float = 0.5
    calls: int = 5
    within_s: float = 1.0

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(self.visitors_per_s), self._visited)

    def _visited(self) -> None:
        for _ in range(self.clock.random.randint(1, self.calls)):
            self.pause(self.clock.random.uniform(0, self.within_s), lambda: self.send(self.operation(), 1, "first"))
        self.start()


@dataclass
class Uploader(Sender):
    """A phone that comes back online and sends what it kept, one after the other, failed or not."""

    every_s: float = 90.0
    think_s: float = 0.05

    def start(self) -> None:
        self.pause(
            self.clock.random.expovariate(1 / self.every_s), lambda: self._next(self.clock.random.randint(3, 18))
        )

    def _next(self, left: int) -> None:
        if left:
            rest = self.jittered(self.think_s, 0.8)
            self.send(self.operation(), 1, "first", lambda _: self.pause(rest, lambda: self._next(left - 1)))
        else:
            self.start()


@dataclass
class Paced(Sender):
    """A batch of `jobs` at a fixed rate, whatever the answers, and another one later."""

    jobs: int = 30
    step_s: float = 0.2
    every_s: float = 60.0

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.every_s), lambda: self._next(self.jobs))

    def _next(self, left: int) -> None:
        if left:
            self.send(self.operation(), 1, "first")
            self.pause(self.step_s, lambda: self._next(left - 1))
        else:
            self.pause(self.every_s, lambda: self._next(self.jobs))
