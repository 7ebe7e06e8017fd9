"""What one client sent and got, gone along with as one rule sees it: its gaps, its rests, and when it was there."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Final

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_pace import Pace
from hotspan_analysis.queue_model import NEVER

OWN: Final = "own"
"""An answer to any attempt of the operation that is waited for."""
FIRST: Final = "first"
"""The answer to its first attempt, and no other."""
LATEST: Final = "latest"
"""The answer to its latest attempt: the earlier ones were given up."""
ANY: Final = "any"
"""Any answer, also a late one to an earlier operation."""
EVERY: Final = "every"
"""Any answer, and one that comes while nothing is waited for begins the rest anew."""
RESETS: Final = {
    OWN: "any answer to the operation",
    ANY: "any answer, late ones to earlier operations too,",
    EVERY: "any answer, late ones to earlier operations too, starts the pause anew and",
    LATEST: "only the answer to the latest attempt",
    FIRST: "only the answer to the first attempt",
}
"""The likeliest first: where two say the same it is the earlier one."""
COUNTING: Final = (EVERY, OWN, ANY, LATEST, FIRST)
"""The likeliest first for a timer that never stops and counts its ticks since an answer: each sets the count back. So
it is where nobody was seen to rest, and nothing tells the rules apart: it takes no code to know which answer it is."""
AWAY: Final = 3.0
"""Who rests that many usual rests has gone, and is somebody new when back."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One client from when it came until it left: the moment of its first request, and when it would send no more."""

    from_s: float
    until_s: float


@dataclass(slots=True)
class Trail:
    """What one rule makes of what clients sent."""

    gaps_s: list[float]
    rests_s: list[float]
    visits: list[Visit]
    steps_s: list[float]
    """From the last attempt of an operation to the first of the next."""
    answered_s: list[float]
    """When an operation was answered."""

    def length(self) -> float:
        """How long a description is, per gap or rest, that says how far each is from the usual one; shorter is better."""
        return sum(_description(values) for values in (self.gaps_s, self.rests_s)) / (
            len(self.gaps_s) + len(self.rests_s) or 1
        )


def trail_of(senders: Sequence[Sequence[Stay]], pace: Pace, reset: str, until_s: float) -> Trail:
    trail = Trail([], [], [], [], [])
    for sent in senders:
        _Follower(reset, pace, trail).follow(sent, until_s)
    return trail


class _Follower:
    """Goes along with what one client sent and got, as one rule sees it.

    Where connections are limited the client's own line is followed too: what the timer sends meanwhile waits in it, for
    the operation of that moment, and comes out when an answer frees a connection.
    """

    def __init__(self, reset: str, pace: Pace, trail: Trail) -> None:
        self._reset, self._pace, self._trail = reset, pace, trail
        self._waiting = False
        self._operation = 0
        self._first = self._latest = -1
        self._due_s = self._sent_s = self._rests_since_s = self._freed_s = -NEVER
        self._is_there = False
        self._came_s = self._seen_s = -NEVER
        self._open = 0
        self._was_full = False
        self._line: deque[int] = deque()  # what waits for a connection
        self._coming: deque[tuple[float, int]] = deque()  # since when a connection is free for it, and its operation
        self._operation_of: dict[int, int] = {}
        self._answered_s: list[float] = []

    def follow(self, sent: Sequence[Stay], until_s: float) -> None:
        """Requests and answers in their order; answers first where both are at one moment."""
        moments = [(stay.sent_s, 1, number) for number, stay in enumerate(sent)]
        moments += [(stay.done_s, 0, number) for number, stay in enumerate(sent) if stay.done_s <= until_s]
        for at_s, sends, number in sorted(moments):
            self._fill_line(at_s)
            if sends:
                self._sends(at_s, number)
            else:
                self._gets(at_s, number, sent[number].aborted)
        self._leaves(until_s)
        self._trail.answered_s += self._answered_s

    @property
    def _is_full(self) -> bool:
        return self._open + len(self._coming) == self._pace.connections

    def _fill_line(self, at_s: float) -> None:
        """What the timer asked for by now and no connection was free for."""
        while self._is_full and self._due_s < at_s:
            if not self._waiting:
                self._operation, self._waiting, self._first = self._operation + 1, True, -1
            self._line.append(self._operation)
            self._latest = -1
            self._due_s += self._pace.tick_s

    def _sends(self, at_s: float, number: int) -> None:
        soon = at_s - self._freed_s <= self._pace.tick_s
        early = at_s < self._due_s - self._pace.tick_s  # other calls of the client had the free connection first
        if self._coming and (soon or early):
            _, self._operation_of[number] = self._coming.popleft()
        elif self._was_full and not self._waiting and early:
            self._operation_of[number] = self._operation  # it waited too: calls to other endpoints had a connection
        else:
            self._coming.clear()
            self._was_full = False
            self._ticks(at_s, number)
        self._open += 1
        self._was_full = self._was_full or self._is_full
        self._seen_s = at_s

    def _ticks(self, at_s: float, number: int) -> None:
        """The timer itself sent this."""
        self._notice_absence(at_s, AWAY * self._pace.rest_s)
        if not self._waiting:
            self._begins(at_s, number)
        elif self._sent_s > -NEVER:
            self._trail.gaps_s.append(at_s - self._sent_s)
        self._latest = number
        self._operation_of[number] = self._operation
        self._due_s = at_s + self._pace.tick_s
        self._sent_s = at_s if self._open + 1 != self._pace.connections else -NEVER  # a full client's next is not seen

    def _begins(self, at_s: float, number: int) -> None:
        rest_s = at_s - self._rests_since_s
        if rest_s > AWAY * self._pace.rest_s:
            self._goes(self._due_s)
        if self._is_there:
            self._trail.rests_s.append(rest_s)
            self._trail.steps_s += [at_s - self._sent_s] if self._sent_s > -NEVER else []
        elif -NEVER < self._due_s >= at_s - AWAY * self._pace.rest_s:  # not away for long: the rule has to explain it
            self._trail.gaps_s.append(at_s - self._due_s + self._pace.tick_s)
        if not self._is_there:
            self._is_there, self._came_s = True, at_s
        self._waiting, self._first = True, number
        self._operation += 1

    def _notice_absence(self, at_s: float, patience_s: float) -> None:
        """Who waits, has a connection to send on, and does not send, has gone when it should have sent."""
        if self._waiting and not self._is_full and at_s - self._due_s > patience_s:
            self._goes(self._due_s)

    def _goes(self, missed_s: float) -> None:
        """It was there to send its last request, and not when the next was due: it went halfway between, for all one knows."""
        if self._is_there:
            gone_s = (self._seen_s + missed_s) / 2
            self._trail.visits.append(Visit(self._came_s, gone_s))
            self._answered_s = [at_s for at_s in self._answered_s if at_s <= gone_s]  # nobody waited for the others
        self._is_there = self._waiting = False

    def _gets(self, at_s: float, number: int, aborted: bool) -> None:
        self._open -= 1
        self._freed_s = at_s
        if self._line:
            self._coming.append((at_s, self._line.popleft()))
        self._notice_absence(at_s, AWAY * self._pace.tick_s)
        if aborted or not self._is_there:
            return
        if self._waiting and self._stops(number):
            self._answered_s.append(at_s)
            self._rests(at_s)
        elif not self._waiting and self._reset == EVERY:
            self._rests(at_s)

    def _rests(self, at_s: float) -> None:
        self._waiting, self._rests_since_s = False, at_s
        self._due_s = at_s + self._pace.rest_s

    def _stops(self, number: int) -> bool:
        if self._reset == OWN:
            return self._operation_of[number] == self._operation
        if self._reset == FIRST:
            return number == self._first
        return number == self._latest if self._reset == LATEST else True

    def _leaves(self, until_s: float) -> None:
        """It has gone if what the law says it would send next is overdue by as much again.

        So it has if a free connection was not used, although something waited for one.
        """
        if self._coming and until_s - self._coming[0][0] > self._pace.tick_s:
            self._goes(self._coming[0][0])
        overdue_s = until_s - self._due_s
        if not self._is_full and overdue_s > (self._pace.tick_s if self._waiting else self._pace.rest_s):
            self._goes(self._due_s)
        if self._is_there:
            self._trail.visits.append(Visit(self._came_s, until_s))


def _description(values: Sequence[float]) -> float:
    if not values:
        return 0.0
    usual = median(values)
    spread = sum(abs(value - usual) for value in values) / len(values)
    return len(values) * log(max(spread, 0.01 * usual))
