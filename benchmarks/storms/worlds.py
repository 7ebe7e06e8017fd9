"""Worlds: a server, its clients, what goes wrong, and how much of it a recording shows. A seed and a family fix one world."""

import hashlib
import random
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from storms.clients import Sender
from storms.engine import Attempt, Clock, Server, Trouble, Work
from storms.truth import Episode, episodes

START_NS = 1_790_000_000_000_000_000


@dataclass
class Recording:
    """What the server's side gets to see of a world."""

    arrival_known: bool = False  # a proxy stamps X-Request-Start
    leaving_is_seen: bool = True
    workers: int = 1
    loss: float = 0.0  # share of finished requests that never reach the store
    clock_skew_s: float = 0.0  # between the first worker's host and the others'
    precision_ns: int = 1  # 1e9: an access log in whole seconds, written at completion
    durations_known: bool = True

    @property
    def source(self) -> str:
        """Where such rows come from: capture notes departures, SERVER spans do not."""
        if self.precision_ns > 1:
            return "log"
        return "capture" if self.leaving_is_seen else "span"


@dataclass
class World:
    """One simulated server and its visitors, before and after it has run."""

    family: str
    seed: int
    duration_s: float
    server: Server
    recording: Recording
    names: dict[str, str] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    people: list[Sender] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = self.server.clock
        self.counter = [0]
        self.rng = random.Random(self.seed * 7919 + zlib.crc32(self.family.encode()))

    def add(self, role: type[Sender], endpoint: str, target: str, *, seen_as: str | None = None, **more: Any) -> Sender:
        """A client of this kind; `seen_as` is the address it is recorded under when nothing better is known."""
        name = f"{role.__name__.lower()}-{len(self.people)}"
        self.names[name] = seen_as or name
        self.tiers[seen_as or name] = "address" if seen_as else "session"
        more.setdefault("rtt_s", min(0.15, self.rng.lognormvariate(0, 0.7) * 0.02))
        person = role(self.clock, self.server, name, endpoint, target, operations=self.counter, **more)
        self.people.append(person)
        return person

    def work(self, endpoint: str, mean_s: float, variation: float = 0.3, status: int = 200) -> str:
        self.server.work[endpoint] = Work(mean_s, variation, status)
        options = "OPTIONS " + endpoint.partition(" ")[2]
        self.server.work.setdefault(options, Work(0.001, 0.3, 204))
        return endpoint

    def trouble(self, start: float, seconds: float, **more: Any) -> None:
        self.server.troubles.append(Trouble(start, start + seconds, **more))

    def run(self) -> "World":
        for person in self.people:
            person.start()  # type: ignore[attr-defined]  # every kind of client but the bare Sender has it
        self.clock.run(self.duration_s)
        return self

    def truth(self) -> list[Episode]:
        return episodes(self.server.seen, self.names)

    def lane_hours(self) -> float:
        """Client-and-endpoint hours of the recording, the denominator of false alarms."""
        return len({(self.names[a.client], a.endpoint) for a in self.server.seen}) * self.duration_s / 3600

    def rows(self, now_s: float | None = None) -> list[dict[str, Any]]:
        """The request rows as stored at `now_s` (the end): what ended later is open, what came later is not there."""
        now = self.duration_s if now_s is None else now_s
        losing = random.Random(self.seed)
        kept: Iterable[Attempt] = (
            a for a in self.server.seen if losing.random() >= self.recording.loss and a.started is not None
        )
        rows = [self._row(i, a, now) for i, a in enumerate(kept) if a.started is not None and a.started <= now]
        _count_in_flight(rows)
        return rows

    def _row(self, seq: int, attempt: Attempt, now: float) -> dict[str, Any]:
        seen = self.recording
        worker = 1 + seq % seen.workers
        skew = seen.clock_skew_s if worker > 1 else 0.0
        started = attempt.started or attempt.arrived
        ended = attempt.ended if attempt.ended is not None and attempt.ended <= now else None
        client = self.names[attempt.client]
        method, _, route = attempt.endpoint.partition(" ")
        start_ns, end_ns = _ns(started + skew), None if ended is None else _ns(ended + skew)
        arrival_ns = _ns(attempt.arrived + skew) if seen.arrival_known else start_ns
        if seen.precision_ns > 1 and end_ns is not None:
            logged = end_ns - end_ns % seen.precision_ns
            lasted = (end_ns - start_ns) // 1_000_000 * 1_000_000 if seen.durations_known else 0
            start_ns, end_ns = logged - lasted, logged
            arrival_ns = start_ns
        return {
            "worker": worker, "seq": seq, "source": seen.source, "service": "app",
            "kind": "held_open" if attempt.held_open and self._says_held(attempt) else "web",
            "method": method, "route": route,
            "target": hash64(f"{method} {attempt.target}"), "client": hash64(client), "client_tier": self.tiers[client],
            "address": hash64(client), "agent": attempt.agent, "arrival_ns": arrival_ns, "start_ns": start_ns,
            "end_ns": end_ns, "status": attempt.status if ended is not None else None,
            "error": ended is not None and (attempt.status or 0) >= 500,
            "aborted": attempt.given_up and seen.leaving_is_seen and (ended is not None or not seen.durations_known),
            "unfinished": False, "attempt": attempt.announced if seen.precision_ns == 1 else None, "operation_key": None, "retry_after_s": None,
            "speculative": attempt.speculative, "http_version": "1.1", "response_bytes": 500, "in_flight": 1,
            "start_known": seen.durations_known, "time_precision_ns": seen.precision_ns,
        }  # fmt: skip

    def _says_held(self, attempt: Attempt) -> bool:
        return self.server.work[attempt.endpoint].status == 101


def _count_in_flight(rows: list[dict[str, Any]]) -> None:
    """Fills in how many requests each process had in flight when a request started, that one included."""
    moments = [(row["start_ns"], 1, row) for row in rows]
    moments += [(row["end_ns"], 0, row) for row in rows if row["end_ns"] is not None]
    open_in: dict[int, int] = {}
    for _, starts, row in sorted(moments, key=lambda moment: moment[:2]):
        open_in[row["worker"]] = open_in.get(row["worker"], 0) + (1 if starts else -1)
        if starts:
            row["in_flight"] = open_in[row["worker"]]


def hash64(text: str) -> int:
    """A stable number for a name, spread over 63 bits."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _ns(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)


def new_world(family: str, seed: int, duration_s: float, queue: str, capacity: int, recording: Recording) -> World:
    clock = Clock(seed * 7919 + zlib.crc32(family.encode()) % 10_000)
    return World(family, seed, duration_s, Server(clock, queue, capacity, {}), recording)
