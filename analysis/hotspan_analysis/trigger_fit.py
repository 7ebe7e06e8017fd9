"""What set an incident off: the stretch in which requests needed a multiple of their usual work."""

from collections.abc import Sequence
from math import log
from statistics import fmean, pstdev
from typing import Final

from hotspan_analysis.queue_model import NO_TRIGGER, Trigger
from hotspan_analysis.works import Work, heavier

FACTORS: Final = (2.0, 3.0, 4.5, 7.0, 10.0, 15.0, 25.0, 40.0, 70.0, 120.0)
"""How much heavier requests may have been for a while; the exact figure follows from those requests."""
STEEPEST: Final = 10.0
"""However alike requests are, one that is a little heavier proves little: 1 / (coefficient of variation)^2 at most."""
SURE: Final = 8.0
"""Log-likelihood that a trigger must be better than none: chance finds a stretch that good once in some thousand."""


def find_trigger(works: Sequence[Work], usual: Sequence[float]) -> Trigger:
    """The stretch in which requests needed a multiple of their usual work; NO_TRIGGER when no such stretch is sure.

    Likelihood ratio of gamma distributed work that varies as the usual one, best stretch by Kadane's algorithm. A
    request that is not done yet speaks for a trigger as far as it has got more than the usual work.
    """
    works, usual = sorted(works, key=lambda work: work.at_s), sorted(usual)
    usual_s = fmean(usual)
    shape = min((usual_s / max(pstdev(usual), 1e-9)) ** 2, STEEPEST)
    times = [work.attained_s / usual_s if work.done else max(0.0, work.attained_s / usual_s - 1) for work in works]
    ended = [1.0 if work.done else 0.0 for work in works]
    best, found = SURE / shape, NO_TRIGGER
    for factor in FACTORS:
        gain, first, last = _best_stretch(times, ended, 1 - 1 / factor, log(factor))
        if gain > best:
            best, found = gain, _trigger(works, first, last, usual)
    return found


def _best_stretch(times: Sequence[float], ended: Sequence[float], pro: float, contra: float) -> tuple[float, int, int]:
    """The stretch with the greatest sum of `times * pro - ended * contra`: that sum, its first and its last place."""
    best, run, start = (0.0, 0, 0), 0.0, 0
    for place, (heavy, end) in enumerate(zip(times, ended, strict=True)):
        if run <= 0:
            run, start = 0.0, place
        run += heavy * pro - end * contra
        if run > best[0]:
            best = (run, start, place)
    return best


def _trigger(works: Sequence[Work], first: int, last: int, usual: Sequence[float]) -> Trigger:
    """Its edges lie halfway to the nearest request outside."""
    inside = works[first : last + 1]
    from_s = inside[0].at_s if first == 0 else (works[first - 1].at_s + inside[0].at_s) / 2
    to_s = inside[-1].at_s + 1e-9 if last + 1 == len(works) else (inside[-1].at_s + works[last + 1].at_s) / 2
    return Trigger(from_s, to_s, heavier(inside, usual, [1.03**step for step in range(200)]))
