"""The rough pace of an endpoint's clients, from those requests that leave no doubt: what is known before their law is."""

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from hotspan_analysis.capacity import Stay
from hotspan_analysis.queue_model import NEVER

LIKE: Final = 0.35
"""A resend gap that differs by more than that share from the usual one is no tick of the same timer; jitter is less."""
TURNAROUND: Final = 0.25
"""Of a resend gap: what waited for a free connection is sent so soon after an answer freed one."""
MOST_CONNECTIONS: Final = 16
FEW_OPEN: Final = 4
FEWEST_HELD: Final = 3
"""Ticks that brought no request, at clients with as many open as ever: so many prove that connections are limited."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of all clients before the rule is: rough figures, from the requests that leave no doubt."""

    tick_s: float
    rest_s: float
    connections: int | None
    turnaround_s: float

    most_open: int
    """Requests that one client had open at once, at most."""


def pace_of(senders: Sequence[Sequence[Stay]], ticks_s: Sequence[float]) -> Pace:
    """The pace of these clients, each with what it sent in order, and those gaps between resends that leave no doubt."""
    tick_s = median(ticks_s)
    connections, turnaround_s, most_open = _connections(senders, tick_s)
    return Pace(tick_s, _usual_rest_s(senders), connections, turnaround_s, most_open)


def overlapping_gaps(sent: Sequence[Stay]) -> Iterator[float]:
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
