import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import slow_answers
from hotspan_analysis import confidence
from hotspan_analysis.confidence import FRACTIONS, P50, P95, SLICES, Interval


def tail(values: list[float]) -> list[float]:
    return [slow_answers.quantile(values, fraction) for fraction in FRACTIONS]


def times_held(trials: int, holds: Callable[[random.Random], bool]) -> float:
    """How often an interval holds the truth, over seeded trials."""
    chance = random.Random(20260921)
    return sum(holds(chance) for _ in range(trials)) / trials


@pytest.mark.parametrize("fraction", [P50, P95])
@pytest.mark.parametrize("count", [8, 30, 200, 1000, 5000])
def test_the_interval_of_a_quantile_holds_it_95_times_of_100(count: int, fraction: float) -> None:
    truth = -math.log(1 - fraction)

    def holds(chance: random.Random) -> bool:
        samples = [chance.expovariate(1) for _ in range(count)]
        return not confidence.of_quantile(fraction, count, tail(samples)).excludes(truth)

    assert times_held(200, holds) >= 0.95 - 0.03


@pytest.mark.parametrize("fraction", [P50, P95])
def test_an_interval_narrows_with_more_samples(fraction: float) -> None:
    chance = random.Random(1)
    few, many = ([chance.expovariate(1) for _ in range(count)] for count in (100, 10_000))
    narrow, wide = (confidence.of_quantile(fraction, len(each), tail(each)) for each in (many, few))
    assert narrow.low and narrow.high and wide.low and wide.high
    assert narrow.high / narrow.low < 1.2 < wide.high / wide.low


@pytest.mark.parametrize(
    ("fraction", "count", "bounded"),
    [(P95, 1, False), (P95, 20, False), (P95, 91, False), (P95, 92, True), (P50, 5, False), (P50, 6, True)],
)
def test_few_samples_say_nothing_about_how_high_a_quantile_may_be(fraction: float, count: int, bounded: bool) -> None:
    found = confidence.of_quantile(fraction, count, tail([float(n) for n in range(count)]))
    assert (found.high is not None) == bounded


@given(st.integers(1, 10**6), st.sampled_from([P50, P95]))
def test_the_quantile_itself_is_always_inside(count: int, fraction: float) -> None:
    assert not confidence.of_quantile(fraction, count, list(FRACTIONS)).excludes(fraction)


def test_above_means_all_of_it() -> None:
    assert Interval(2.0, None).is_above(1)
    assert not Interval(0.5, 2.0).is_above(1)
    assert not Interval(None, 2.0).is_above(1)


@pytest.mark.parametrize(("before", "after"), [(20, 20), (50, 100), (400, 300)])
def test_the_interval_of_a_rate_ratio_holds_it_95_times_of_100(before: int, after: int) -> None:
    def holds(chance: random.Random) -> bool:
        slices = [_counts(chance, expected, SLICES) for expected in (before, after)]
        counts, squares = [sum(each) for each in slices], [sum(n * n for n in each) for each in slices]
        found = confidence.of_rate_ratio(counts[0], counts[1], (60.0, 60.0), (squares[0], squares[1]))
        return not found.excludes(after / before)

    assert times_held(400, holds) >= 0.95 - 0.025


def _counts(chance: random.Random, expected: int, slices: int) -> list[int]:
    """Poisson arrivals, by slice."""
    counts = [0] * slices
    at = chance.expovariate(expected)
    while at < 1:
        counts[int(at * slices)] += 1
        at += chance.expovariate(expected)
    return counts


def test_requests_in_bursts_say_less_than_as_many_that_come_evenly() -> None:
    evenly, in_one = SLICES * 10**2, (SLICES * 10) ** 2
    even = confidence.of_rate_ratio(200, 300, (1.0, 1.0), (evenly, evenly * 9 // 4))
    bursts = confidence.of_rate_ratio(200, 300, (1.0, 1.0), (in_one, in_one * 9 // 4))
    assert even.excludes(1)
    assert not bursts.excludes(1)


def test_a_rate_is_per_second_not_per_window() -> None:
    found = confidence.of_rate_ratio(1000, 2000, (10.0, 20.0), (50_000, 200_000))
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1 < found.high


@pytest.mark.parametrize(
    ("before", "after", "sure"),
    [(0, 1, False), (0, 3, False), (0, 8, False), (0, 9, True), (9, 0, True), (8, 0, False)],
)
def test_seeing_none_at_all_says_little_until_many_were_to_be_expected(before: int, after: int, sure: bool) -> None:
    found = confidence.of_rate_ratio(before, after, (60.0, 60.0), (before**2, after**2))
    assert found.excludes(1) == sure


def test_nothing_on_both_sides_says_nothing() -> None:
    assert confidence.of_rate_ratio(0, 0, (1.0, 1.0), (0, 0)) == Interval(None, None)


def test_newcombes_own_example() -> None:
    """Newcombe 1998, table II, row (a): 56/70 against 48/80; method 10 gives 0.0524 to 0.3339."""
    found = confidence.of_share_difference((48, 80), (56, 70))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_newcombes_example_with_no_hits() -> None:
    """The same table, row (e): 5/56 against 0/29; method 10 gives -0.0381 to 0.1926."""
    found = confidence.of_share_difference((0, 29), (5, 56))
    assert (found.low, found.high) == pytest.approx((-0.0381, 0.1926), abs=5e-5)


def test_shares_of_nothing_cannot_differ() -> None:
    assert confidence.of_share_difference((0, 0), (1, 2)) == Interval(None, None)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_difference_itself_is_always_inside(old: int, new: int, data: st.DataObject) -> None:
    before, after = data.draw(st.integers(0, old)), data.draw(st.integers(0, new))
    found = confidence.of_share_difference((before, old), (after, new))
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-9 <= after / new - before / old <= found.high + 1e-9


def test_a_ratio_of_two_intervals_is_as_wide_as_it_can_be() -> None:
    assert confidence.of_ratio(Interval(1.0, 2.0), Interval(3.0, 5.0)) == Interval(1.5, 5.0)
    assert confidence.of_ratio(Interval(None, 2.0), Interval(3.0, None)) == Interval(1.5, None)
    assert confidence.of_ratio(Interval(0.0, None), Interval(3.0, 4.0)) == Interval(None, None)
