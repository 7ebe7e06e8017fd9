"""Formulas against values worked out by hand."""

import pytest

from hotspan_analysis.steady_state import OVERLOADED, STABLE, VULNERABLE, Load, erlang_c

CLASS = Load(clients=15, period_s=9.65, resend_gap_s=1.0, demand_s=0.35, workers=2, variation=1.0)


def test_with_one_worker_the_chance_to_wait_is_the_utilisation() -> None:
    assert erlang_c(1, 0.3) == pytest.approx(0.3)


def test_two_workers_at_half_load_make_every_third_wait() -> None:
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)


def test_too_much_load_makes_everybody_wait() -> None:
    assert erlang_c(2, 2.0) == 1.0


def test_the_class_of_the_story_is_vulnerable() -> None:
    assert CLASS.rate_per_s == pytest.approx(1.5)
    assert CLASS.busy == pytest.approx(0.2625)
    assert CLASS.worst == pytest.approx(15 / 1.0 * 0.35 / 2)
    assert CLASS.verdict == VULNERABLE


def test_clients_that_wait_ask_for_no_more_than_usual() -> None:
    waiting = Load(15, 9.65, None, 0.35, 2, 1.0)
    assert waiting.worst == pytest.approx(waiting.busy)
    assert waiting.verdict == STABLE


def test_more_than_it_can_do_even_when_all_is_well_is_overloaded() -> None:
    assert Load(15, 1.0, 0.5, 0.5, 1, 1.0).verdict == OVERLOADED


def test_never_to_lock_up_takes_what_all_can_ask_for() -> None:
    assert CLASS.workers_never_locking == 6  # 15 a second x 0.35 s = 5.25


def test_the_mean_response_of_one_worker_is_that_of_mm1() -> None:
    single = Load(clients=5, period_s=9.5, resend_gap_s=None, demand_s=0.5, workers=1, variation=1.0)
    assert single.busy == pytest.approx(0.25)
    assert single.response_s(1) == pytest.approx(0.5 / (1 - 0.25))


def test_regular_work_halves_the_wait() -> None:
    single = Load(clients=5, period_s=9.5, resend_gap_s=None, demand_s=0.5, workers=1, variation=0.0)
    assert single.response_s(1) == pytest.approx(0.5 + 0.5 * 0.25 / 0.75 / 2)


def test_too_few_workers_never_answer() -> None:
    assert Load(15, 0.5, None, 0.5, 4, 1.0).response_s(4) == float("inf")


def test_workers_needed_keep_below_seventy_percent_and_answer_in_time() -> None:
    assert CLASS.workers_needed(target_s=1.0) == 1  # 0.525 erlangs: 53 % busy, 0.74 s on average
    assert CLASS.workers_needed(target_s=0.5) == 2
    assert CLASS.workers_needed(target_s=0.1) is None  # the work alone takes longer


def test_the_load_beside_takes_its_part() -> None:
    beside = Load(15, 9.65, 1.0, 0.35, 2, 1.0, beside=1.0)
    assert beside.busy == pytest.approx(CLASS.busy + 0.5)
