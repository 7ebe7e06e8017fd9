"""One client's trail as one rule sees it: gaps, rests, operations, and when it was there."""

import pytest

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_pace import Pace
from hotspan_analysis.client_trail import ANY, EVERY, OWN, Trail, Visit, trail_of
from hotspan_analysis.queue_model import NEVER

PACE = Pace(tick_s=1.0, rest_s=10.0, connections=None, turnaround_s=0.0, most_open=3)
BROWSER = Pace(tick_s=1.0, rest_s=10.0, connections=2, turnaround_s=0.01, most_open=2)


def followed(*stays: Stay, reset: str = OWN, pace: Pace = PACE, until_s: float = 100.0) -> Trail:
    return trail_of([list(stays)], pace, reset, until_s)


def test_gaps_are_within_an_operation_and_rests_between_them() -> None:
    trail = followed(Stay(0, 2.5, 0), Stay(1, 2.6, 0), Stay(2, 2.7, 0), Stay(12.5, 13, 0), until_s=14)
    assert trail.gaps_s == [1, 1]
    assert trail.rests_s == [10]
    assert trail.answered_s == [2.5, 13]


def test_a_late_answer_begins_the_rest_anew_where_every_answer_does() -> None:
    stays = [Stay(0, 2, 0), Stay(1, 5, 0), Stay(15, 16, 0)]
    assert followed(*stays, reset=EVERY).rests_s == [10]
    assert followed(*stays, reset=ANY).rests_s == [13]


def test_who_sends_no_more_left_between_the_last_request_and_the_next_due_one() -> None:
    (visit,) = followed(Stay(0, 1, 0), Stay(11, 12, 0)).visits
    assert visit == Visit(0, (11 + 22) / 2)


def test_who_is_not_overdue_is_still_there() -> None:
    (visit,) = followed(Stay(0, 1, 0), Stay(11, 12, 0), until_s=30).visits
    assert visit == Visit(0, 30)


def test_who_leaves_a_free_connection_unused_has_left() -> None:
    # Two connections, both taken from 1 s on; what the timer asked for waits, and does not go out at 20 s.
    (visit,) = followed(Stay(0, 20, 0), Stay(1, NEVER, 0), pace=BROWSER).visits
    assert visit.from_s == 0
    assert visit.until_s == pytest.approx((1 + 20) / 2)


def test_what_waited_for_a_connection_is_no_new_operation_though_it_comes_late() -> None:
    # At 20 s something else of the client had the free connection first; at 24 s it is free again.
    stays = [Stay(0, 20, 0), Stay(1, 60, 0), Stay(24, 60, 0)]
    trail = followed(*stays, pace=BROWSER, until_s=28)
    assert trail.rests_s == []


def test_the_better_a_rule_fits_the_shorter_the_description() -> None:
    stays = [Stay(at, at + 0.5, 0) for at in (0.0, 10.5, 21.0, 31.5, 42.0)]
    spread = [Stay(at, at + 0.5, 0) for at in (0.0, 10.5, 25.0, 31.5, 47.0)]
    assert followed(*stays).length() < followed(*spread).length()


def test_who_does_not_use_a_free_connection_left_before_it_was_free() -> None:
    # Both connections are taken from 1 s on, and one request waits in the browser; nothing goes out when one ends at 5 s.
    (visit,) = followed(Stay(0, 5, 0), Stay(1, 9, 0), pace=BROWSER, until_s=20).visits
    assert visit == Visit(0, (1 + 5) / 2)


def test_answers_after_somebody_left_are_of_no_operation() -> None:
    # As above: at 5 s nobody waits any more, and neither does anybody at 9 s.
    assert followed(Stay(0, 5, 0), Stay(1, 9, 0), pace=BROWSER, until_s=20).answered_s == []
    assert followed(Stay(0, 5, 0), Stay(1, 9, 0), pace=BROWSER, until_s=5.5).answered_s == [5]


def test_what_comes_too_early_in_a_full_browser_had_waited_in_it() -> None:
    # The line is followed as far as it can be; calls to other endpoints take connections too. So what is sent 0.2 s after
    # an answer, when the next is due 10 s after it, is no rest of 0.2 s.
    stays = (Stay(0, 3, 0), Stay(1, 3.5, 0), Stay(3.01, 4, 0), Stay(4.2, 5, 0), Stay(15, 16, 0))
    assert all(rest_s > 5 for rest_s in followed(*stays, pace=BROWSER, reset=EVERY, until_s=17).rests_s)


def test_of_a_client_without_a_rest_so_far_no_gap_is_endless() -> None:
    pace = Pace(tick_s=1.0, rest_s=NEVER, connections=None, turnaround_s=0.0, most_open=3)
    assert followed(Stay(0, 30, 0), Stay(1, 31, 0), pace=pace).gaps_s == [1]
