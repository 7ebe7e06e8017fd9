"""The work that requests took, as far as they got: how heavy it is beside the usual, and how a replay may draw it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log
from statistics import fmean, median
from typing import Final

from hotspan_analysis.queue_model import Trigger

ALIKE_NEIGHBOURS: Final = 0.8
"""Between neighbours works vary as much as between any two, give or take a fifth, where each request has its own."""
FEWEST_ALIKE: Final = 20
"""Of fewer requests some neighbours are alike by chance."""
TINY_S: Final = 1e-6
MOST_WEIGHED: Final = 4000
"""Of more requests than that, every second, third, … says the same."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one request took: attained service, and whether it was done by then. `at_s` is when a trigger would count."""

    at_s: float
    attained_s: float
    done: bool


def heavier(works: Sequence[Work], usual: Sequence[float], factors: Sequence[float]) -> float:
    """How many times the usual work (sorted) these requests needed: one of the factors, which rise.

    Nelson and Aalen: summed over all requests, done or not, the cumulative hazard of what they attained is the number
    of those that are done. Those still open count too, or a growing crowd, in which light requests end first, misleads.
    """
    works = works[:: 1 + len(works) // MOST_WEIGHED]
    hazards = [0.0, *accumulate(1 / (len(usual) - place) for place in range(len(usual)))]
    done = sum(work.done for work in works)

    def too_few(factor: float) -> float:
        return done - sum(hazards[bisect_right(usual, work.attained_s / factor)] for work in works)

    return factors[min(bisect_left(factors, 0.0, key=too_few), len(factors) - 1)]


def unevenness(works_s: Sequence[float]) -> float:
    """How far works are off the median, in the mean, as logarithms: 0.96 where they are exponential."""
    middle_s = max(median(works_s), TINY_S)
    return fmean(abs(log(max(work_s, TINY_S) / middle_s)) for work_s in works_s)


def drawn_alike(
    usual: Sequence[float], heavier_in_a_crowd: float, works: Sequence[Work], trigger: Trigger
) -> tuple[float, ...]:
    """The usual works as a replay may draw them, each by itself.

    Where one processor does less in a crowd than alone, work is as heavy as it is there. Where requests that come one
    after the other are more alike than any two, what made the difference was the moment, and not the request: then they
    vary about what it took at most moments, those of a crowd among them, and only as much as neighbours do.
    """
    outside = sorted((work for work in works if trigger.factor_at(work.at_s) == 1.0), key=lambda work: work.at_s)
    middle, own = fmean(usual), _own_share([work.attained_s for work in outside if work.done])
    if own == 1:
        return tuple(value * heavier_in_a_crowd for value in usual)
    level = _half_done_by(outside)
    return tuple(level + (value - middle) * own for value in usual)


def _own_share(values: Sequence[float]) -> float:
    """Of the variation of these works, in order of time, what is each request's own: 1 unless neighbours are alike.

    Any two values differ by some 1.4 times what one is off the middle: 1.33 where all are as likely, 1.41 in a normal
    and 1.44 in an exponential distribution. How alike neighbours are is said by their median: moments pass into others.
    """
    if len(values) < FEWEST_ALIKE:
        return 1.0
    middle = median(values)
    between_any = 1.4 * fmean(abs(value - middle) for value in values)
    steps = [abs(one - other) for one, other in pairwise(values)]
    return 1.0 if fmean(steps) >= ALIKE_NEIGHBOURS * between_any else median(steps) / between_any


def _half_done_by(works: Sequence[Work]) -> float:
    """The work after which half of the requests are done; those still open count as far as they got (Nelson, Aalen)."""
    hazard, in_order = 0.0, sorted(works, key=lambda work: work.attained_s)
    for place, work in enumerate(in_order):
        hazard += work.done / (len(in_order) - place)
        if hazard >= log(2):
            return work.attained_s
    return in_order[-1].attained_s
