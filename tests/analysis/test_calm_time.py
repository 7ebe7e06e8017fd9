"""Which requests are the calm ones, by how they came."""

from hotspan_analysis.calm_time import FEWEST_CALM, calm_requests, is_calm, usual_requests
from hotspan_analysis.capacity import Stay, changes
from hotspan_analysis.queue_model import NO_TRIGGER, Trigger

ALONE = [Stay(10.0 * number, 10.0 * number + 0.3 + 0.001 * number, 0) for number in range(10)]
CROWD = [Stay(200 + 0.01 * number, 230.0 + number, 1) for number in range(30)]


def test_those_that_came_alone_are_enough_where_they_are_alike() -> None:
    assert set(calm_requests(changes(ALONE + CROWD), ALONE + CROWD, NO_TRIGGER)) == {*range(10), 10}


def test_where_they_differ_those_that_met_few_count_too() -> None:
    varied = [Stay(10.0 * number, 10.0 * number + 0.1 + 0.5 * number, 0) for number in range(10)]
    pairs = [Stay(110.0 + 10 * number + part, 112.0 + 10 * number, 0) for number in range(5) for part in (0.0, 0.5)]
    stays = varied + pairs
    assert len(calm_requests(changes(stays), stays, NO_TRIGGER)) == 20


def test_those_of_a_trigger_and_of_others_are_none() -> None:
    stays = [*ALONE, Stay(95.0, 95.1, -1)]
    assert calm_requests(changes(stays), stays, Trigger(0.0, 45.0, 8.0)) == [5, 6, 7, 8, 9]


def test_a_few_that_came_first_to_a_crowd_are_no_calm() -> None:
    assert is_calm(changes(ALONE), range(FEWEST_CALM))
    assert not is_calm(changes(ALONE), range(FEWEST_CALM - 1))
    assert not is_calm(changes(CROWD), range(FEWEST_CALM))


def test_where_there_was_no_calm_all_that_were_done_are_the_usual_ones() -> None:
    open_ones = [Stay(205.0, float("inf"), 2)]
    stays = CROWD + open_ones
    assert usual_requests(changes(stays), stays, NO_TRIGGER) == list(range(30))
