"""The exact tests, against sums done the slow way and against the figures of textbooks."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis import chance


@given(st.integers(-2, 45), st.integers(0, 40), st.floats(0.0, 1.0))
def test_a_tail_is_the_sum_of_its_terms(hits: int, trials: int, share: float) -> None:
    slow = sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(max(hits, 0), trials + 1))
    assert chance.at_least(hits, trials, share) == pytest.approx(slow, abs=1e-12)


def test_a_tail_by_hand() -> None:
    assert chance.at_least(0, 10, 0.5) == 1.0
    assert chance.at_least(2, 2, 0.5) == pytest.approx(0.25)
    assert chance.at_least(1, 3, 1 / 3) == pytest.approx(19 / 27)
    assert chance.at_least(3, 2, 0.5) == 0.0


def test_a_tail_of_millions_is_quick_and_right() -> None:
    """The normal distribution has 0.158655 beyond one deviation, and half beyond the mean."""
    assert chance.at_least(5_000_000 + 1581, 10_000_000, 0.5) == pytest.approx(0.1587, abs=2e-4)
    assert chance.at_least(4_000_000, 10_000_000, 0.5) == pytest.approx(1.0)
    assert chance.at_least(6_000_000, 10_000_000, 0.5) == pytest.approx(0.0, abs=1e-300)


def test_an_excess_is_judged_by_what_else_there_was() -> None:
    assert chance.excess(1, 1, 0, 1) == pytest.approx(1 / 2)
    assert chance.excess(5, 1, 0, 1) == pytest.approx(1 / 32)
    assert chance.excess(1, 60, 0, 60 * 23) == pytest.approx(1 / 24)
    assert chance.excess(0, 1, 5, 1) == 1.0
    assert chance.excess(3, 1, 3, 0) is None
    assert chance.excess(3, 0, 3, 1) is None


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9), st.integers(1, 9))
def test_more_of_it_is_never_likelier(count: int, others: int, length: int, others_length: int) -> None:
    fewer = chance.excess(count, length, others, others_length)
    more = chance.excess(count + 1, length, others, others_length)
    assert fewer is not None
    assert more is not None
    assert more <= fewer + 1e-12


def test_signs_are_judged_like_coins() -> None:
    assert chance.sign_test(0, 0) == 1.0
    assert chance.sign_test(3, 3) == 1.0
    assert chance.sign_test(6, 0) == pytest.approx(2 / 64)
    assert chance.sign_test(0, 6) == pytest.approx(2 / 64)
    assert chance.sign_test(4, 1) == pytest.approx(2 * 6 / 32)


def test_holm_by_hand() -> None:
    """Smallest times 4, next times 3, and never below one before it."""
    assert chance.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert chance.holm([]) == []
    assert chance.holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0.0, 1.0), max_size=20))
def test_holm_never_lowers_a_chance_and_keeps_their_order(chances: list[float]) -> None:
    adjusted = chance.holm(chances)
    assert all(after >= before for before, after in zip(chances, adjusted, strict=True))
    pairs = sorted(zip(chances, adjusted, strict=True))
    assert [after for _, after in pairs] == sorted(adjusted)
