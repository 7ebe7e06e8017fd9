"""How clients of an endpoint behave, found from what they sent: period, resend gap, and which answer stops the timer.

A client of this kind sends a request, and again after each resend gap, until an answer stops it; then it rests for a
period and begins the next operation. Which answers stop it is tried out: under the right rule the gaps and the rests
that follow are all alike, under a wrong one they are not.
"""

import itertools
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, log
from statistics import median
from typing import Final

from hotspan_analysis.capacity import Stay
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
    OWN: "an answer to any attempt of the operation",
    ANY: "any answer, late ones to earlier operations included",
    EVERY: "any answer, and each one starts the pause anew",
    LATEST: "the answer to the latest attempt",
    FIRST: "the answer to the first attempt",
}
"""The likeliest first: where two say the same it is the earlier one."""
DOUBT: Final = 4.0
"""By so much, in units of log-likelihood, a rule must be better than one that is likelier from the start."""

LIKE: Final = 0.35
"""A resend gap that differs by more than that share from the usual one is no tick of the same timer; jitter is less."""
LEAST_LIKE: Final = 0.8
"""Share of the requests that must follow the law: what the others do is not known, and so not predicted."""
FEWEST: Final = 8
"""Resends, and rests, that make a law."""
AWAY: Final = 3.0
"""Who rests that many usual rests has gone, and is somebody new when back."""
TURNAROUND: Final = 0.25
"""Of a resend gap: what waited for a free connection is sent so soon after an answer freed one."""
MOST_CONNECTIONS: Final = 16
BROWSER_CONNECTIONS: Final = 6
"""What browsers open to one host over HTTP/1.1."""
FEW_OPEN: Final = 4
ON_BEAT: Final = 0.05
"""Of a tick: requests of a timer that never stops are no further off their beat, in the median."""
FEWEST_HELD: Final = 3
"""Ticks that brought no request, at clients with as many open as ever: so many prove that connections are limited."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One client from when it came until it left: the moment of its first request, and when it would send no more."""

    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class ClientLaw:
    """What all clients of the endpoint do, each in its own time."""

    reset: str
    resend_gap_s: float
    period_s: float
    resend_gaps_s: tuple[float, ...]
    periods_s: tuple[float, ...]
    connections: int | None
    """So many requests of one client are open at once; the next ones wait in the client. None: no limit seen."""
    turnaround_s: float
    """From an answer that frees a connection to the request that waited for one."""
    visits: tuple[Visit, ...]
    share: float
    """Of the requests, those that come when this law says."""
    operations: int
    """Operations that were answered."""
    rest_ticks: int | None = None
    """Of a timer that never stops (setInterval): the tick after an answer, counted from 1, that begins an operation.
    All that such a client sends falls on the beat of its timer. None: each answer starts the timer anew."""


@dataclass(slots=True)
class _Trail:
    """What one rule makes of what clients sent."""

    gaps_s: list[float]
    rests_s: list[float]
    visits: list[Visit]
    steps_s: list[float]
    """From the last attempt of an operation to the first of the next."""
    answered: int = 0

    def length(self) -> float:
        """How long a description is, per gap or rest, that says how far each is from the usual one; shorter is better."""
        return sum(_description(values) for values in (self.gaps_s, self.rests_s)) / (
            len(self.gaps_s) + len(self.rests_s) or 1
        )


def fit_clients(stays: Iterable[Stay], until_s: float) -> list[ClientLaw] | str:
    """Laws behind these requests of one endpoint, seen until `until_s`, likeliest first; or, in words, why there is none.

    Where little was seen of a difference, as of a limit on connections that nobody reached, more than one law is left.
    """
    senders = _by_sender(stays)
    ticks = [gap_s for sent in senders for gap_s in _overlapping_gaps(sent)]
    if len(ticks) < FEWEST:
        return "no client sends again while it waits for an answer: there is no timer to fix"
    connections, turnaround_s, most_open = _connections(senders, median(ticks))
    pace = _Pace(median(ticks), _usual_rest_s(senders), connections, turnaround_s)
    rules = [reset for reset in RESETS if connections is None or reset not in (LATEST, FIRST)]
    trails = {reset: _trail(senders, pace, reset, until_s) for reset in rules}
    doubt = DOUBT / sum(len(sent) for sent in senders)
    rules.sort(key=lambda each: trails[each].length() + doubt * list(RESETS).index(each))
    laws = [_law(reset, trails[reset], connections, turnaround_s) for reset in rules]
    found = [law for law in laws if not isinstance(law, str)]
    if isinstance(laws[0], str):
        return laws[0]
    if connections is None and most_open <= BROWSER_CONNECTIONS:
        found.insert(1, replace(found[0], connections=BROWSER_CONNECTIONS))
    return found


def _law(reset: str, trail: _Trail, connections: int | None, turnaround_s: float) -> ClientLaw | str:
    if len(trail.gaps_s) < FEWEST or len(trail.rests_s) < FEWEST:
        return (
            f"the clients were seen to resend {len(trail.gaps_s)} times and to rest {len(trail.rests_s)} times: "
            f"{FEWEST} of each are needed to know when they do"
        )
    gap_s, period_s = median(trail.gaps_s), median(trail.rests_s)
    gaps_s = sorted(each for each in trail.gaps_s if abs(each - gap_s) <= LIKE * gap_s)
    rests_s = sorted(each for each in trail.rests_s if 0.4 * period_s <= each <= 2 * period_s)
    share = (len(gaps_s) + len(rests_s)) / (len(trail.gaps_s) + len(trail.rests_s))
    if share < LEAST_LIKE:
        return (
            f"only {share:.0%} of the requests come when a timer would send them (again every {gap_s:.2g} s, anew "
            f"{period_s:.3g} s after an answer): what these clients do depends on something that is not recorded"
        )
    return ClientLaw(
        reset, gap_s, period_s, tuple(gaps_s), tuple(rests_s), connections, turnaround_s, tuple(trail.visits), share,
        trail.answered, _rest_ticks(rests_s, trail.steps_s, gap_s),
    )  # fmt: skip


def _rest_ticks(rests_s: Sequence[float], steps_s: Sequence[float], tick_s: float) -> int | None:
    """How many ticks a timer that never stops rests: None when the distances between requests are no whole ticks.

    Nor is it one where the rests themselves vary as little: then the whole ticks are by chance.
    """
    off_beat = [abs(step_s / tick_s - round(step_s / tick_s)) for step_s in steps_s]
    usual_s = median(rests_s)
    spread = median(abs(rest_s - usual_s) for rest_s in rests_s) / tick_s
    if len(off_beat) < FEWEST or median(off_beat) > min(ON_BEAT, spread / 3):
        return None
    return round(median(ceil(rest_s / tick_s - ON_BEAT) for rest_s in rests_s))


def _by_sender(stays: Iterable[Stay]) -> list[list[Stay]]:
    found: dict[int, list[Stay]] = {}
    for stay in stays:
        found.setdefault(stay.sender, []).append(stay)
    return [sorted(sent, key=lambda stay: stay.sent_s) for sent in found.values()]


def _overlapping_gaps(sent: Sequence[Stay]) -> Iterator[float]:
    """From a request to the next, sent while that one was open and few others were: no limit on connections mattered."""
    ends = sorted(stay.done_s for stay in sent)
    for place, (one, other) in enumerate(itertools.pairwise(sent), 2):
        if other.sent_s < one.done_s and place - bisect_right(ends, other.sent_s) <= FEW_OPEN:
            yield other.sent_s - one.sent_s


def _connections(senders: Sequence[Sequence[Stay]], tick_s: float) -> tuple[int | None, float, int]:
    """How many connections a client has, if that limits it, how soon a free one is used, and most open at once.

    Who just sent waits for an answer, whatever the rule; if then neither an answer nor the next request comes for more
    than a tick, and the client had as many open as it ever has, it had no connection left to send on.
    """
    moments = [moment for sent in senders for moment in _sendings(sent)]
    limit = max(moment.open for moment in moments)
    full = [moment for moment in moments if moment.open == limit]
    held = sum(moment.quiet_s > (1 + LIKE) * tick_s for moment in full)
    if limit > MOST_CONNECTIONS or held < FEWEST_HELD:
        return None, 0.0, limit
    soon = [moment.since_answer_s for moment in full if moment.since_answer_s <= TURNAROUND * tick_s]
    return limit, median(soon) if soon else 0.0, limit


@dataclass(frozen=True, slots=True)
class _Sending:
    """A request at its client: how many that had open then, with it, since when an answer, and until when quiet."""

    open: int
    since_answer_s: float
    quiet_s: float


def _sendings(sent: Sequence[Stay]) -> Iterator[_Sending]:
    ends = sorted(stay.done_s for stay in sent)
    for place, stay in enumerate(sent):
        ended = bisect_right(ends, stay.sent_s)
        next_s = min(
            sent[place + 1].sent_s if place + 1 < len(sent) else NEVER, ends[ended] if ended < place + 1 else NEVER
        )
        quiet_s = next_s - stay.sent_s if next_s < NEVER else 0.0
        yield _Sending(place + 1 - ended, stay.sent_s - ends[ended - 1] if ended else NEVER, quiet_s)


def _usual_rest_s(senders: Sequence[Sequence[Stay]]) -> float:
    """From a client's last answer to its next request when it has nothing open: the period, whatever the rule is."""
    rests_s = []
    for sent in senders:
        busy_until_s = NEVER
        for stay in sent:
            if stay.sent_s > busy_until_s:
                rests_s.append(stay.sent_s - busy_until_s)
            busy_until_s = stay.done_s if busy_until_s == NEVER else max(busy_until_s, stay.done_s)
    return median(rests_s) if rests_s else NEVER


def _trail(senders: Sequence[Sequence[Stay]], pace: "_Pace", reset: str, until_s: float) -> _Trail:
    trail = _Trail([], [], [], [])
    for sent in senders:
        _Follower(reset, pace, trail).follow(sent, until_s)
    return trail


@dataclass(frozen=True, slots=True)
class _Pace:
    """What is known of all clients before the rule is: rough figures, from the requests that leave no doubt."""

    tick_s: float
    rest_s: float
    connections: int | None
    turnaround_s: float


class _Follower:
    """Goes along with what one client sent and got, as one rule sees it.

    Where connections are limited the client's own line is followed too: what the timer sends meanwhile waits in it, for
    the operation of that moment, and comes out when an answer frees a connection.
    """

    def __init__(self, reset: str, pace: _Pace, trail: _Trail) -> None:
        self._reset, self._pace, self._trail = reset, pace, trail
        self._waiting = False
        self._operation = 0
        self._first = self._latest = -1
        self._due_s = self._sent_s = self._rests_since_s = self._freed_s = -NEVER
        self._is_there = False
        self._came_s = self._seen_s = -NEVER
        self._open = 0
        self._line: deque[int] = deque()  # what waits for a connection
        self._coming: deque[int] = deque()
        self._operation_of: dict[int, int] = {}

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
            self._operation_of[number] = self._coming.popleft()
        else:
            self._coming.clear()
            self._ticks(at_s, number)
        self._open += 1
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
        elif at_s - self._due_s <= AWAY * self._pace.rest_s:  # not away for long: the rule has to explain it
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
            self._trail.visits.append(Visit(self._came_s, (self._seen_s + missed_s) / 2))
        self._is_there = self._waiting = False

    def _gets(self, at_s: float, number: int, aborted: bool) -> None:
        self._open -= 1
        self._freed_s = at_s
        if self._line:
            self._coming.append(self._line.popleft())
        self._notice_absence(at_s, AWAY * self._pace.tick_s)
        if aborted or not self._is_there:
            return
        if self._waiting and self._stops(number):
            self._trail.answered += 1
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
        if self._coming and until_s - self._freed_s > self._pace.tick_s:
            self._goes(self._freed_s)
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
