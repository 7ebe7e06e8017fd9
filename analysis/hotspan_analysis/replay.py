"""The closed loop again, in virtual time: clients that follow a law against a server that is as it was, or changed.

What clients send depends on when they are answered, and that on what they all send; so nothing less than a replay says
what a change would do.
"""

import heapq
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from math import floor
from random import Random
from typing import Final

from hotspan_analysis.client_law import ClientLaw
from hotspan_analysis.client_trail import ANY, EVERY, FIRST, LATEST, OWN
from hotspan_analysis.fitted_server import ServerFit
from hotspan_analysis.queue_model import NEVER, NOBODY, Apart, Queue, queue_of

_DRAWN_AT_ONCE: Final = 1024
_SOONER: Final = 0.1
"""Of a tick: a client with a timer that never stops might have come so much sooner or later. Little else is left to
chance in such a class, and without that all runs would be one."""
_KNOWN_TO: Final = 0.05
"""The work of a request is known to about that share. It decides whether a class that comes together is answered just
before a tick of its timers or just after, so the runs of such a class go through what it may be."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is different: clients that wait for their answer, requests that need less work, more workers."""

    fix_clients: bool = False
    speedup: float = 1.0
    workers: float = 0.0


AS_IT_WAS: Final = Change()


@dataclass(frozen=True, slots=True)
class Model:
    """Everything a replay needs."""

    server: ServerFit
    clients: ClientLaw
    until_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one replay saw of the endpoint: when each request came and was done (NEVER: not in this time), and whose."""

    sent_s: Sequence[float]
    done_s: Sequence[float]
    clients: Sequence[int]
    operations: int
    """Operations that were answered."""


def replay(model: Model, change: Change, seed: int) -> Outcome:
    """One run; the same seed gives the same run."""
    return _Replay(model, change, seed).run()


def _drawn(chance: Random, sample: Sequence[float], times: float = 1.0) -> Callable[[], float]:
    """A function that gives a value of the sample at random, each time it is called."""
    values = [value * times for value in sample]
    return chain.from_iterable(chance.choices(values, k=_DRAWN_AT_ONCE) for _ in count()).__next__


def _queue(server: ServerFit, change: Change, chance: Random, connection_of: Callable[[int], Hashable]) -> Queue:
    """The server, empty, with that change."""
    lines, workers = server.lines(change.workers), server.workers + change.workers
    turn_s = server.demand_s / max(server.turns, 1)
    queues = [queue_of(server.discipline, workers / lines, server.trigger, server.turns, turn_s) for _ in range(lines)]
    return queues[0] if lines == 1 else Apart(queues, chance, connection_of)


@dataclass(slots=True)
class _Client:
    """One client in its loop: the timer's next moment, the operation it is about, and what it has open."""

    leaves_s: float
    due_s: float
    came_s: float
    waiting: bool = False
    operation: int = 0
    first: int = NOBODY
    latest: int = NOBODY
    open: int = 0
    line: deque[int] | None = None
    """Operations of requests that wait in the client for a connection; None where there is always one."""
    idle: list[int] = field(default_factory=list)
    """Connections that it keeps and nothing is open on, a heap; empty where they are not limited."""


class _Replay:
    def __init__(self, model: Model, change: Change, seed: int) -> None:
        law, server = model.clients, model.server
        chance = Random(seed)  # noqa: S311  # a simulation, no secrets
        self._until_s = model.until_s
        self._reset, self._turnaround_s = law.reset, law.turnaround_s
        self._resends = not change.fix_clients
        self._connections = law.connections or 0
        self._tick_s, self._rest_ticks = law.resend_gap_s, law.rest_ticks
        ticks = law.rest_ticks is not None
        sooner_s = _SOONER * law.resend_gap_s
        known_to = chance.uniform(1 - _KNOWN_TO, 1 + _KNOWN_TO) if ticks else 1.0
        self._demand = _drawn(chance, server.demands_s, known_to / change.speedup)
        self._gap, self._rest = _drawn(chance, law.resend_gaps_s), _drawn(chance, law.periods_s)
        self._connection_of: list[tuple[int, int]] = []
        self._queue = _queue(server, change, chance, self._connection_of.__getitem__)
        self._beside = server.beside
        limited = law.connections is not None
        comes_s = [visit.from_s + (chance.uniform(-sooner_s, sooner_s) if ticks else 0.0) for visit in law.visits]
        self._clients = [
            _Client(visit.until_s, from_s, from_s, line=deque() if limited else None, idle=[*range(self._connections)])
            for visit, from_s in zip(law.visits, comes_s, strict=True)
        ]
        self._timers = [(client.due_s, number) for number, client in enumerate(self._clients)]
        heapq.heapify(self._timers)
        self._sent_s: list[float] = []
        self._done_s: list[float] = []
        self._client_of: list[int] = []
        self._operation_of: list[int] = []
        self._operations = 0

    def run(self) -> Outcome:
        queue, timers, beside = self._queue, self._timers, self._beside
        place, last = 0, len(beside)
        beside_s = beside[0][0] if beside else NEVER
        while True:
            timer_s = timers[0][0] if timers else NEVER
            end_s = queue.next_end_s
            if end_s <= timer_s and end_s <= beside_s:
                if end_s > self._until_s:
                    break
                number = queue.finish()
                if number >= 0:
                    self._answered(end_s, number)
            elif timer_s <= beside_s:
                if timer_s > self._until_s:
                    break
                self._due(*heapq.heappop(timers))
            else:
                if beside_s > self._until_s:
                    break
                queue.add(beside_s, beside[place][1], NOBODY)
                place += 1
                beside_s = beside[place][0] if place < last else NEVER
        return Outcome(self._sent_s, self._done_s, self._client_of, self._operations)

    def _due(self, now_s: float, number: int) -> None:
        """A client's timer: the next attempt, or the next operation; stale when an answer has set it anew."""
        if number < 0:
            self._released(now_s, ~number)
            return
        client = self._clients[number]
        if client.due_s != now_s or now_s >= client.leaves_s:
            return
        if not client.waiting:
            client.waiting, client.operation, client.first = True, client.operation + 1, NOBODY
        if client.line is not None and client.open >= self._connections:
            client.line.append(client.operation)
            client.latest = NOBODY
        else:
            client.open += 1
            self._send(now_s, number, client, client.operation)
        if self._resends:
            self._plan(
                number, client, now_s + self._gap() if self._rest_ticks is None else self._beat(client, now_s, 1)
            )

    def _send(self, now_s: float, number: int, client: _Client, operation: int) -> None:
        request = len(self._sent_s)
        if operation == client.operation:
            client.latest = request
            if client.first == NOBODY:
                client.first = request
        self._sent_s.append(now_s)
        self._done_s.append(NEVER)
        self._client_of.append(number)
        self._operation_of.append(operation)
        self._connection_of.append((NOBODY, request) if client.line is None else (number, heapq.heappop(client.idle)))
        self._queue.add(now_s, self._demand(), request)

    def _answered(self, now_s: float, request: int) -> None:
        self._done_s[request] = now_s
        number = self._client_of[request]
        client = self._clients[number]
        if client.line is not None:
            heapq.heappush(client.idle, self._connection_of[request][1])
        if client.line:
            heapq.heappush(self._timers, (now_s + self._turnaround_s, ~number))
        else:
            client.open -= 1
        if client.waiting and now_s < client.leaves_s:
            if self._stops(request, client):
                client.waiting = False
                self._operations += 1
                self._rests(now_s, number, client)
        elif self._reset == EVERY and not client.waiting:
            self._rests(now_s, number, client)

    def _rests(self, now_s: float, number: int, client: _Client) -> None:
        """An answer: the next operation begins a period later, or at so many ticks of a timer that never stops."""
        ticks = self._rest_ticks
        self._plan(number, client, now_s + self._rest() if ticks is None else self._beat(client, now_s, ticks))

    def _beat(self, client: _Client, now_s: float, ticks: int) -> float:
        """When the client's timer, which has gone on since it came, has ticked that often after this moment."""
        passed = floor((now_s - client.came_s) / self._tick_s + 1e-6)
        return client.came_s + (passed + ticks) * self._tick_s

    def _released(self, now_s: float, number: int) -> None:
        """A request that waited in its client for a connection goes out."""
        client = self._clients[number]
        if client.line and now_s < client.leaves_s:
            self._send(now_s, number, client, client.line.popleft())
        else:
            client.open -= 1

    def _stops(self, request: int, client: _Client) -> bool:
        reset = self._reset
        if reset == OWN:
            return self._operation_of[request] == client.operation
        if reset in (ANY, EVERY):
            return True
        return request == (client.latest if reset == LATEST else client.first if reset == FIRST else NOBODY)

    def _plan(self, number: int, client: _Client, due_s: float) -> None:
        client.due_s = due_s
        heapq.heappush(self._timers, (due_s, number))
