"""What an incident comes to, by hand."""

import pytest

from hotspan_analysis.measures import Measures, bands, measured, off_by, quantile
from hotspan_analysis.queue_model import NEVER


def test_open_requests_count_up_to_the_end() -> None:
    found = measured([0, 1, 8], [2, NEVER, 9], 2, until_s=10, from_s=0, late_s=1.5)
    assert (found.requests, found.in_flight_s, found.mean_s) == (3, 2 + 9 + 1, 4.0)
    assert found.p95_s == pytest.approx(8.3)  # of 1, 2 and 9 s
    assert (found.operations, found.recovery_s) == (2, 10)


def test_it_has_recovered_when_the_last_late_answer_is_there() -> None:
    assert measured([0, 5, 8], [3, 7, 8.5], 3, until_s=10, from_s=1, late_s=1.5).recovery_s == 6


def test_who_is_late_long_after_is_another_matter() -> None:
    late = measured([0, 20, 80], [3, 25, 90], 3, until_s=100, from_s=1, late_s=1.5)
    assert late.recovery_s == 24
    assert measured([0, 20, 50], [3, 25, 90], 3, until_s=100, from_s=1, late_s=1.5).recovery_s == 89


def test_where_nothing_is_late_there_is_nothing_to_recover_from() -> None:
    assert measured([0], [1], 1, until_s=10, from_s=0, late_s=1.5).recovery_s == 0


def test_nothing_sent_is_nothing() -> None:
    found = measured([], [], 0, until_s=10, from_s=0, late_s=1)
    assert (found.requests, found.mean_s, found.p95_s) == (0, 0, 0)


def test_a_band_holds_four_of_five() -> None:
    runs = [Measures(number, 0, 0, 0, 0, 0) for number in range(11)]
    band = bands(runs)["requests"]
    assert (band.median, band.low, band.high) == (5, 1, 9)


def test_quantiles_lie_between_neighbours() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2.5
    assert quantile([7], 0.95) == 7
    assert quantile([], 0.5) == 0


def test_errors_are_relative() -> None:
    assert off_by(10, 12) == pytest.approx(0.2)
    assert off_by(0, 0) == 0
    assert off_by(0, 1) == NEVER
