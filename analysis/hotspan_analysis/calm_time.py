"""Which requests of an endpoint came while all was calm: what they took is the usual work."""

from collections.abc import Sequence
from math import sqrt
from statistics import quantiles
from typing import Final

from hotspan_analysis.capacity import CROWDED, Change, Stay
from hotspan_analysis.queue_model import NEVER, Trigger

FEWEST_CALM: Final = 8
"""Requests while all is calm: fewer say nothing of the usual work."""
FEWEST_ALIKE: Final = 5
"""Fewer may be alike by chance."""
EXACT: Final = 0.05
"""Of the mean: known as well as that, it needs no requests that came while more was in flight."""
MOST_USUAL: Final = 400
NORMAL_QUARTILE: Final = 0.674
"""From the lower quartile of a normal distribution to its middle, in standard deviations."""
ENOUGH_CALM: Final = 40
"""With so many, those that came while more was in flight are not needed."""


def calm_requests(flow: Sequence[Change], stays: Sequence[Stay], trigger: Trigger) -> list[int]:
    """The endpoint's requests that came, outside a trigger, when least was in flight; as many as tell the usual work.

    By how they came, not by how long they stayed: those that stayed alone to their end are the short ones.
    """
    levels: dict[int, list[int]] = {}
    for change in flow:
        stay = stays[change.number]
        if change.arrives and stay.sender >= 0 and stay.done_s < NEVER and trigger.factor_at(stay.sent_s) == 1.0:
            levels.setdefault(change.in_flight, []).append(change.number)
    found: list[int] = []
    for level in range(1, CROWDED):
        if not _tell([stays[number].done_s - stays[number].sent_s for number in found]):
            found += levels.get(level, [])
    return found


def is_calm(flow: Sequence[Change], found: Sequence[int]) -> bool:
    """Whether so many calm requests tell what is usual: some of them were done before a crowd came."""
    came_s: dict[int, float] = {}
    crowded_s, undisturbed = -NEVER, set[int]()
    for change in flow:
        if change.arrives:
            came_s[change.number] = change.at_s
        elif came_s[change.number] > crowded_s:
            undisturbed.add(change.number)
        if change.in_flight >= CROWDED:
            crowded_s = change.at_s
    return len(found) >= FEWEST_CALM and len(undisturbed.intersection(found)) >= FEWEST_ALIKE


def usual_requests(flow: Sequence[Change], stays: Sequence[Stay], trigger: Trigger) -> list[int]:
    """The calm requests; where there are too few, those that were done outside a trigger, at most MOST_USUAL of them."""
    found = calm_requests(flow, stays, trigger)
    if is_calm(flow, found):
        return found
    done = [
        number
        for number, stay in enumerate(stays)
        if stay.sender >= 0 and stay.done_s < NEVER and trigger.factor_at(stay.sent_s) == 1.0
    ]
    return done[:: 1 + len(done) // MOST_USUAL]


def _tell(stays_s: Sequence[float]) -> bool:
    """Whether so many stays tell the mean: fewer are enough where all are alike.

    By how far the shorter half lies apart, for those that met others stayed longer than their work.
    """
    if not FEWEST_ALIKE <= len(stays_s) < ENOUGH_CALM:
        return len(stays_s) >= ENOUGH_CALM
    low_s, middle_s, _ = quantiles(stays_s, n=4)
    return (middle_s - low_s) / NORMAL_QUARTILE <= EXACT * middle_s * sqrt(len(stays_s))
