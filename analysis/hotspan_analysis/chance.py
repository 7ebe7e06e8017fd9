"""How likely chance alone is: exact tests, which stay honest when there is little to go by."""

from collections.abc import Sequence
from math import exp, lgamma, log, log1p, sqrt


def at_least(hits: int, trials: int, share: float) -> float:
    """The probability of that many hits or more in so many trials that each hit with probability `share`."""
    if hits <= 0:
        return 1.0
    if hits > trials or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    if hits > trials * share:
        return min(1.0, _tail(hits, trials, share))
    return max(0.0, 1.0 - _tail(trials - hits + 1, trials, 1 - share))


def _tail(hits: int, trials: int, share: float) -> float:
    """The same by adding up terms, which shrink from the first on when it lies beyond the mean."""
    chosen = lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
    term = exp(chosen + hits * log(share) + (trials - hits) * log1p(-share))
    total = 0.0
    while term > total * 1e-17 and hits <= trials:
        total += term
        hits += 1
        term *= (trials - hits + 1) / hits * share / (1 - share)
    return total


def excess(count: int, length: float, others: int, others_length: float) -> float | None:
    """How likely a count this high or higher is where things happen as often as elsewhere; None without an elsewhere.

    The conditional test for two Poisson rates (Przyborowski and Wilenski, Biometrika 31, 1940): of all that happened
    in both stretches together, this one's part is binomial with its part of the length. Exact for any count, so five
    hits against none in one other stretch of the same length is 1/32, and one against none is 1/2.
    """
    if length <= 0 or others_length <= 0:
        return None
    return at_least(count, count + others, length / (length + others_length))


def sign_test(up: int, down: int) -> float:
    """How likely a split this uneven or more is when up and down are equally likely; 1 where there is nothing to tell."""
    return min(1.0, 2 * at_least(max(up, down), up + down, 0.5)) if up != down else 1.0


def holm(chances: Sequence[float]) -> list[float]:
    """Each chance, raised for having looked at all of them: below 0.05 remain false ones in one report out of twenty.

    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    adjusted, highest = [0.0] * len(chances), 0.0
    for rank, index in enumerate(sorted(range(len(chances)), key=lambda each: chances[each])):
        highest = max(highest, min(1.0, chances[index] * (len(chances) - rank)))
        adjusted[index] = highest
    return adjusted


def two_rates(seen: int, expected: float, known: float) -> float:
    """Standard deviations between two Poisson rates, by square roots: 2 (sqrt(x + 3/8) - sqrt(d (y + 3/8))) / sqrt(1 + d), d = exposures' ratio.

    Gu, Ng, Tang, Schucany (2008), Testing the ratio of two Poisson rates, after Huffman (1984).
    """
    ratio = expected / (known + 0.5)
    return 2 * (sqrt(seen + 0.375) - sqrt(ratio * (known + 0.875))) / sqrt(1 + ratio)


def chernoff(count: int, tries: int, chance: float, independence: float) -> float:
    """An upper bound of P(at least `count` of `tries`), each with `chance` (Chernoff, relative entropy).

    Of the tries only the share `independence` are independent of each other.
    """
    share = count / tries
    if share <= chance:
        return 1.0
    entropy = share * log(share / chance)
    if share < 1:
        entropy += (1 - share) * log((1 - share) / (1 - chance))
    return exp(-tries * independence * entropy)
