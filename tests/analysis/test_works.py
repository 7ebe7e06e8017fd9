"""How heavy works are, though many are cut off; and how a replay draws them."""

import random
from math import log
from statistics import fmean, pstdev

import pytest

from hotspan_analysis.queue_model import NO_TRIGGER, Trigger
from hotspan_analysis.works import Work, drawn_alike, heavier, unevenness


@pytest.mark.parametrize("factor", [1.0, 2.0, 5.0])
def test_how_much_heavier_works_are_is_found_though_half_of_them_are_cut_off(factor: float) -> None:
    usual = [0.1 * number for number in range(1, 21)]
    works = [Work(0.0, value * factor, True) for value in usual]
    cut = [Work(0.0, min(value, 1.0) * factor, value <= 1.0) for value in usual]
    steps = [1.02**step for step in range(150)]
    assert heavier(works, usual, steps) == pytest.approx(factor, rel=0.1)
    assert heavier(cut, usual, steps) == pytest.approx(factor, rel=0.2)


def test_works_that_differ_by_the_request_are_drawn_as_they_are() -> None:
    chance = random.Random(1)
    usual = [chance.expovariate(3) for _ in range(40)]
    works = [Work(float(at), chance.expovariate(3), True) for at in range(200)]
    assert drawn_alike(usual, 1.0, works, NO_TRIGGER) == pytest.approx(tuple(usual))


def test_works_that_differ_by_the_moment_are_drawn_alike_and_about_what_most_moments_take() -> None:
    chance = random.Random(2)
    works = [Work(float(at), (1.0 if at < 20 else 0.4) + chance.uniform(-0.01, 0.01), True) for at in range(100)]
    usual = [work.attained_s for work in works[10:50]]  # a quarter of them from the bad moments
    drawn = drawn_alike(usual, 1.0, works, NO_TRIGGER)
    assert fmean(drawn) == pytest.approx(0.4, abs=0.02)
    assert pstdev(drawn) < pstdev(usual) / 4


def test_what_is_open_counts_as_far_as_it_got() -> None:
    done = [Work(float(at), 0.2 if at < 31 else 0.6, True) for at in range(60)]
    opened = done + [Work(60.0 + at, 0.5, False) for at in range(60)]
    assert fmean(drawn_alike([0.2, 0.6], 1.0, done, NO_TRIGGER)) == pytest.approx(0.2)
    assert fmean(drawn_alike([0.2, 0.6], 1.0, opened, NO_TRIGGER)) == pytest.approx(0.6)


def test_a_processor_that_does_less_in_a_crowd_makes_work_heavier() -> None:
    assert drawn_alike([0.2, 0.4], 1.5, [], NO_TRIGGER) == pytest.approx((0.3, 0.6))


def test_what_came_in_the_trigger_says_nothing_of_what_is_usual() -> None:
    works = [Work(float(at), 4.0 if at < 40 else 0.4 + 0.01 * (at % 2), True) for at in range(80)]
    assert drawn_alike([0.3, 0.5], 1.0, works, Trigger(0, 40, 10)) == pytest.approx((0.3, 0.5))


def test_how_uneven_works_are_is_how_far_they_are_off_the_median() -> None:
    assert unevenness([1.0, 1.0, 1.0]) == 0
    assert unevenness([0.5, 1.0, 2.0]) == pytest.approx(2 * log(2) / 3)
    chance = random.Random(3)
    assert unevenness([chance.expovariate(3) for _ in range(5000)]) == pytest.approx(0.96, abs=0.05)
