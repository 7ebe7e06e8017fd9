"""How sure one can be that something changed: 95 % intervals that stay wide when the samples are few.

All three take requests as drawn one by one; for the rate, bursts are allowed for. They are for reading, not for proof:
with many endpoints, one in twenty looks changed by chance alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Z_95: Final = 1.959964
"""Two-sided 95 % point of the normal distribution."""

P50: Final = 0.5
P95: Final = 0.95
FRACTIONS: Final = (
    *(
        0.0,
        0.02,
        0.05,
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.35,
        0.4,
        0.42,
        0.44,
        0.45,
        0.46,
        0.47,
        0.48,
        0.485,
        0.49,
        0.495,
        0.498,
    ),
    *(0.502, 0.505, 0.51, 0.515, 0.52, 0.53, 0.54, 0.55, 0.56, 0.58, 0.6, 0.65, 0.7, 0.75, 0.8, 0.82, 0.84, 0.86, 0.87),
    *(0.88, 0.89, 0.9, 0.905, 0.91, 0.915, 0.92, 0.925, 0.93, 0.934, 0.937, 0.94, 0.942, 0.944, 0.946, 0.947, 0.948),
    *(0.949, 0.9495, 0.9505, 0.951, 0.952, 0.953, 0.954, 0.956, 0.958, 0.96, 0.963, 0.966, 0.97, 0.975, 0.98, 0.985),
    *(0.99, 0.995, 1.0),
)
"""Quantiles taken on each side of a comparison, closest around the two that are compared: the ends of an interval are
rounded outward to these."""

SLICES: Final = 20
"""Into how many parts a window is cut to see how unevenly requests come."""

_NOTHING_SEEN: Final = 3.689
"""The expectation at which seeing nothing has a chance of 2.5 %: -ln 0.025."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies, 95 times of 100; None is unbounded: the samples do not say."""

    low: float | None
    high: float | None

    def excludes(self, value: float) -> bool:
        """Whether the value is outside."""
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)

    def is_above(self, value: float) -> bool:
        """Whether all of it is above the value."""
        return self.low is not None and value < self.low


def of_quantile(fraction: float, count: int, tail: Sequence[float]) -> Interval:
    """The interval of a quantile, from `count` samples whose quantiles at FRACTIONS are `tail`.

    Free of any assumption on the distribution: how many samples lie below the true quantile is binomial, so it lies
    between two order statistics (Conover, Practical Nonparametric Statistics, 3.2). Below 92 samples even the largest
    says nothing about how high a p95 may be; for a median six are enough.
    """
    reach = Z_95 * math.sqrt(fraction * (1 - fraction) / count) + 0.5 / count
    below = [value for each, value in zip(FRACTIONS, tail, strict=True) if each <= fraction - reach]
    above = [value for each, value in zip(FRACTIONS, tail, strict=True) if each >= fraction + reach]
    return Interval(below[-1] if below else None, above[0] if above else None)


def of_ratio(before: Interval, after: Interval) -> Interval:
    """The interval of after / before of two independent quantities, each within its own interval: a wide one."""
    low = None if after.low is None or not before.high else after.low / before.high
    high = None if after.high is None or not before.low else after.high / before.low
    return Interval(low, high)


def of_rate_ratio(
    before: int, after: int, lengths: tuple[float, float], squares: tuple[int, int], slices: int = SLICES
) -> Interval:
    """The interval of the ratio of two rates: counts over windows of these lengths.

    The logarithm of a ratio of Poisson counts has the variance 1/a + 1/b; each term is multiplied by the variance of
    the counts of `slices` equal parts over their mean where that is above one (quasi-Poisson: McCullagh and Nelder,
    Generalized Linear Models, 6.2). With nothing on one side, the other side of the ratio follows from how unlikely
    it is to see nothing: at most 3.69 were to be expected (the exact Poisson limit, 97.5 %).
    """
    if not before and not after:
        return Interval(None, None)
    scale = lengths[0] / lengths[1]
    if not before:
        return Interval(_poisson_low(after) / _NOTHING_SEEN * scale, None)
    if not after:
        return Interval(0.0, _NOTHING_SEEN / _poisson_low(before) * scale)
    spread = Z_95 * math.sqrt(_burst(before, squares[0], slices) / before + _burst(after, squares[1], slices) / after)
    middle = math.log(after / before * scale)
    return Interval(math.exp(middle - spread), math.exp(middle + spread))


def of_share(hits: int, count: int) -> Interval:
    """The interval of a share, `hits` of `count`: Wilson's, right for few samples and for none at all."""
    low, high = _wilson(hits, count)
    return Interval(max(low, 0.0), min(high, 1.0))


def of_share_difference(before: tuple[int, int], after: tuple[int, int]) -> Interval:
    """The interval of after - before of two shares, each (how many, of how many).

    Newcombe's method 10, from two Wilson intervals: right for few samples and for none at all (R. G. Newcombe,
    Statistics in Medicine 17, 1998, 873-890).
    """
    if not before[1] or not after[1]:
        return Interval(None, None)
    old, new = before[0] / before[1], after[0] / after[1]
    (old_low, old_high), (new_low, new_high) = _wilson(*before), _wilson(*after)
    low = new - old - math.hypot(new - new_low, old_high - old)
    high = new - old + math.hypot(new_high - new, old - old_low)
    return Interval(low, high)


def _wilson(hits: int, count: int) -> tuple[float, float]:
    share, square = hits / count, Z_95**2
    middle = share + square / (2 * count)
    reach = Z_95 * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return (middle - reach) / (1 + square / count), (middle + reach) / (1 + square / count)


def _burst(count: int, squares: int, slices: int) -> float:
    """Variance over mean of the counts of the slices, one at least."""
    mean = count / slices
    return max(1.0, (squares - count * mean) / (slices - 1) / mean)


def _poisson_low(count: int) -> float:
    """Lower 97.5 % limit of the expectation behind a Poisson count: Wilson and Hilferty's cube for the chi-square."""
    return count * (1 - 1 / (9 * count) - Z_95 / (3 * math.sqrt(count))) ** 3
