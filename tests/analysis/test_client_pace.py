"""The rough pace of clients: gaps, rests and connections that leave no doubt."""

import pytest

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_pace import overlapping_gaps, pace_of


def test_only_gaps_while_an_answer_is_due_and_little_is_open_count() -> None:
    sent = [Stay(0, 5, 0), Stay(1, 6, 0), Stay(20, 21, 0), Stay(30, 31, 0)]
    assert list(overlapping_gaps(sent)) == [1]
    crowd = [Stay(float(at), 100, 0) for at in range(10)]
    assert list(overlapping_gaps(crowd)) == [1, 1, 1]  # up to four open at once


def test_rests_are_from_the_last_answer_of_all() -> None:
    sent = [Stay(0, 3, 0), Stay(1, 2, 0), Stay(13, 14, 0), Stay(24, 25, 0)]
    assert pace_of([sent], [1.0]).rest_s == 10


def test_a_client_that_keeps_still_with_six_open_has_six_connections() -> None:
    sent = []
    for turn in range(4):  # six at once, then nothing for 20 s; an answer frees one, which is used at once
        start_s = 100.0 * turn
        sent += [Stay(start_s + tick, start_s + 25 + tick, 0) for tick in range(6)]
        sent += [Stay(start_s + 25.01, start_s + 32, 0)]
    pace = pace_of([sorted(sent, key=lambda stay: stay.sent_s)], [1.0])
    assert (pace.connections, pace.most_open) == (6, 6)
    assert pace.turnaround_s == pytest.approx(0.01, abs=1e-6)


def test_a_client_that_goes_on_however_many_are_open_has_no_limit() -> None:
    pace = pace_of([[Stay(float(at), 100.0, 0) for at in range(30)]], [1.0])
    assert pace.connections is None
    assert pace.most_open == 30
