"""What a server can do, from when requests came and went: workers, discipline, and the work each request needed.

The work of a request is its attained service (Lazowska et al., Quantitative System Performance, 1984, chapter 3): its
share of the capacity over its stay. Waiting is no work.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hotspan_analysis.queue_model import NEVER

CROWDED: Final = 8
"""Of so many in flight some wait: most servers here work on fewer at once."""
SEEN_CROWDED: Final = 20
"""Fewer requests that ended in a crowd say nothing of the capacity."""
STRAY: Final = 0.01
"""Share of requests that may end out of line before it is none: clocks of several processes differ."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One request at the server: when it came, when it was done (NEVER: not yet), whose it is (-1: load beside it)."""

    sent_s: float
    done_s: float
    sender: int
    started_s: float = 0.0
    aborted: bool = False
    error: bool = False
    process: int = 0
    """Of the server: requests with the same number were worked on by the same one."""
    came_s: float | None = None
    """When its client was first seen, on whatever endpoint; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Change:
    """A moment at which a request comes or goes, and how many are in flight from then on."""

    at_s: float
    number: int
    arrives: bool
    in_flight: int


def changes(stays: Sequence[Stay]) -> list[Change]:
    """Arrivals and ends in order of time; `number` is the request's place in `stays`.

    Of those that come at the very same moment the one that is done first was first: nobody can tell, and nobody overtakes.
    """
    moments = [(stay.sent_s, 1, stay.done_s, number) for number, stay in enumerate(stays)]
    moments += [(stay.done_s, 0, 0.0, number) for number, stay in enumerate(stays) if stay.done_s < NEVER]
    moments.sort()
    found, in_flight = [], 0
    for at_s, arrives, _, number in moments:
        in_flight += 1 if arrives else -1
        found.append(Change(at_s, number, bool(arrives), in_flight))
    return found


def shared_demands(
    flow: Sequence[Change], count: int, capacity: float, until_s: float
) -> tuple[list[float | None], dict[int, float]]:
    """Work of each of `count` requests if n in flight get min(1, capacity / n) each: None for those still open.

    What these have got by `until_s` is the second value.
    """
    demands: list[float | None] = [None] * count
    service_s, since_s, in_flight = 0.0, 0.0, 0
    before: dict[int, float] = {}
    for change in flow:
        if in_flight:
            service_s += (change.at_s - since_s) * min(1.0, capacity / in_flight)
        since_s, in_flight = change.at_s, change.in_flight
        if change.arrives:
            before[change.number] = service_s
        else:
            demands[change.number] = service_s - before.pop(change.number)
    if in_flight:
        service_s += max(0.0, until_s - since_s) * min(1.0, capacity / in_flight)
    return demands, {number: service_s - start_s for number, start_s in before.items()}


def line_starts(flow: Sequence[Change], count: int, workers: int) -> tuple[list[float | None], float]:
    """When the work on each request began if they stood in line for so many workers; and the share that contradicts.

    A worker that is done takes the next in line. One that ends while it should be waiting contradicts.
    """
    starts: list[float | None] = [None] * count
    waiting: deque[int] = deque()
    running, strays, gone = 0, 0, set[int]()
    for change in flow:
        if change.arrives:
            if running < workers:
                running, starts[change.number] = running + 1, change.at_s
            else:
                waiting.append(change.number)
            continue
        if starts[change.number] is None:
            strays, starts[change.number] = strays + 1, change.at_s
            gone.add(change.number)
            continue
        running -= 1
        while waiting and waiting[0] in gone:
            waiting.popleft()
        if waiting:
            running, starts[waiting.popleft()] = running + 1, change.at_s
    return starts, strays / max(count, 1)


def overtaken(flow: Sequence[Change]) -> Iterator[int]:
    """For each request that ended in a crowd: how many that had come before it were still there."""
    present: list[int] = []
    for order, change in _numbered(flow):
        if change.arrives:
            present.append(order)
        else:
            place = bisect_left(present, order)
            del present[place]
            if change.in_flight + 1 >= CROWDED:
                yield place


def _numbered(flow: Sequence[Change]) -> Iterator[tuple[int, Change]]:
    """Each change with the place of its request in the order of arrival."""
    places: dict[int, int] = {}
    for change in flow:
        yield places.setdefault(change.number, len(places)), change
