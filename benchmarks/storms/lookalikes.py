"""Clients that look guilty and are not: steady pollers, tabs, load tests, batches, long polls, probes and the rest."""

from dataclasses import dataclass

from storms.clients import Sender, failed
from storms.engine import Attempt


@dataclass
class Poller(Sender):
    """Asks, waits for the answer, pauses, asks again; an outage or a slow phase changes nothing about its pauses."""

    period_s: float = 10.0
    spread: float = 0.02  # share by which the pause varies; 1 and more: a person who looks in at random
    start_to_start: bool = False

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self._ask)

    def _ask(self) -> None:
        self.send(self.operation(), 1, "first", self._answered)

    def _answered(self, attempt: Attempt) -> None:
        spent = self.clock.now - attempt.sent if self.start_to_start else 0.0
        rng = self.clock.random
        pause = rng.expovariate(1 / self.period_s) if self.spread >= 1 else self.jittered(self.period_s, self.spread)
        self.pause(pause - spent, self._ask)


@dataclass
class Interval(Sender):
    """An unguarded setInterval: the same pace whether answered or not. It piles up, it does not accelerate."""

    period_s: float = 5.0
    spread: float = 0.002

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.period_s), self._ask)

    def _ask(self) -> None:
        self.send(self.operation(), 1, "first")
        self.pause(self.jittered(self.period_s, self.spread), self._ask)


@dataclass
class OpenLoop(Sender):
    """Telemetry, a load test, many people as one: arrivals that know nothing of answers."""

    rate: float = 2.0
    regular: bool = False
    begins_at: float = 0.0
    ends_at: float = float("inf")

    def start(self) -> None:
        self.clock.at(self.begins_at + self._gap(), self._ask)

    def _ask(self) -> None:
        if self.clock.now < self.ends_at:
            self.send(self.operation(), 1, "first")
            self.pause(self._gap(), self._ask)

    def _gap(self) -> float:
        return 1 / self.rate if self.regular else self.clock.random.expovariate(self.rate)


@dataclass
class Batch(Sender):
    """`workers` at once work through `jobs`, each taking the next as soon as it is free; again every `every_s`."""

    workers: int = 8
    jobs: int = 200
    every_s: float = 300.0
    think_s: float = 0.005
    distinct_targets: bool = False

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.every_s / 2), self._burst)

    def _burst(self) -> None:
        left = [self.jobs]
        for _ in range(self.workers):
            self._take(left)
        self.pause(self.every_s, self._burst)

    def _take(self, left: list[int]) -> None:
        if left[0] > 0:
            left[0] -= 1
            target = f"{self.target}/{left[0]}" if self.distinct_targets else self.target
            rest = self.jittered(self.think_s, 0.9)
            self.send(self.operation(), 1, "first", lambda _: self.pause(rest, lambda: self._take(left)), target=target)


@dataclass
class Visitor(Sender):
    """A person at a page: fan-out to other ids, double clicks, a search box, a preflight and a prefetch now and then."""

    period_s: float = 15.0
    habits: tuple[str, ...] = ("fan_out", "double_click", "typeahead", "preflight", "prefetch", "page")

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.period_s), self._look)

    def _look(self) -> None:
        getattr(self, f"_{self.clock.random.choice(self.habits)}")()
        self.start()

    def _page(self) -> None:
        self.send(self.operation(), 1, "first")

    def _fan_out(self) -> None:
        for index in range(self.clock.random.randint(4, 12)):
            self.send(self.operation(), 1, "first", target=f"{self.target}/item/{index}")

    def _double_click(self) -> None:
        operation = self.operation()
        self.send(operation, 1, "first")
        self.pause(self.clock.random.uniform(0.05, 0.25), lambda: self.send(operation, 2, "double_click"))

    def _typeahead(self) -> None:
        previous: list[Attempt] = []
        search = self.operation()

        def letter(count: int) -> None:
            if previous:
                self.leave(previous[-1])
            previous.append(self.send(self.operation(), 1, "first", target=f"{self.target}?q={search}-{count}"))
            if count:
                self.pause(self.clock.random.uniform(0.1, 0.4), lambda: letter(count - 1))

        letter(self.clock.random.randint(3, 9))

    def _preflight(self) -> None:
        self.send(self.operation(), 1, "first", endpoint="OPTIONS " + self.endpoint.partition(" ")[2])
        self.pause(self.rtt_s, lambda: self.send(self.operation(), 1, "first"))

    def _prefetch(self) -> None:
        self.send(self.operation(), 1, "first", speculative=True)
        self.pause(self.clock.random.uniform(0.1, 1.5), lambda: self.send(self.operation(), 1, "first"))


@dataclass
class LongPoll(Sender):
    """Holds a request open until there is news or its time is up, and asks again at once; several tabs do it together."""

    tabs: int = 1
    held: bool = False  # the server says so (SSE, WebSocket); else only its behaviour does

    def start(self) -> None:
        for _ in range(self.tabs):
            self.pause(self.clock.random.uniform(0, 20), self._ask)

    def _ask(self) -> None:
        self.send(self.operation(), 1, "first", self._answered, held_open=True)

    def _answered(self, attempt: Attempt) -> None:
        rng = self.clock.random
        self.pause(rng.uniform(15, 40) if failed(attempt.status) else rng.uniform(0.0, 0.03), self._ask)


@dataclass
class Crawler(Sender):
    """Reads page after page, each of them once."""

    pause_s: float = 0.3

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, 60), self._ask)

    def _ask(self) -> None:
        page = self.operation()
        rest = self.jittered(self.pause_s, 0.8)
        self.send(page, 1, "first", lambda _: self.pause(rest, self._ask), target=f"{self.target}?page={page}")


@dataclass
class Looper(Sender):
    """A redirect or a token refresh that leads back to where it came from: answer, same request, answer, …"""

    rounds: int = 20
    every_s: float = 120.0

    def start(self) -> None:
        self.pause(self.clock.random.uniform(0, self.every_s), lambda: self._ask(self.rounds))

    def _ask(self, left: int) -> None:
        if left:
            self.send(self.operation(), 1, "first", lambda _: self._ask(left - 1))
        else:
            self.start()


@dataclass
class Downloader(Sender):
    """A video or a PDF in ranges: parallel requests for one target, each answered with 206."""

    every_s: float = 60.0

    def start(self) -> None:
        self.pause(self.clock.random.expovariate(1 / self.every_s), self._fetch)

    def _fetch(self) -> None:
        for index in range(self.clock.random.randint(3, 8)):
            self.pause(index * 0.4, lambda: self.send(self.operation(), 1, "first"))
        self.start()


@dataclass
class Herd(Sender):
    """One of many that all ask within a second of `at`: a deploy, a bell, a cron table. Each asks once."""

    moments: tuple[float, ...] = (60.0,)
    width_s: float = 0.6

    def start(self) -> None:
        for moment in self.moments:
            when = moment + self.clock.random.uniform(0, self.width_s)
            self.clock.at(when, lambda: self.send(self.operation(), 1, "first"))
