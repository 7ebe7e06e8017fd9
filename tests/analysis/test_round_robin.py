"""Work told from the stays of requests that take turns, by hand and against a server that does so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis.capacity import Stay
from hotspan_analysis.queue_model import NEVER, TURNS, queue_of
from hotspan_analysis.round_robin import Crowd


def test_the_crowd_is_counted_in_turns_of_the_endpoint() -> None:
    crowd = Crowd.of([Stay(1, 4, 0), Stay(2, 3, -1), Stay(2.5, NEVER, 1)], 0.25)
    assert list(crowd.at_s) == [-NEVER, 1, 2, 2.5, 3, 4]
    assert list(crowd.turns) == [0, 1, 1.25, 2.25, 2, 1]


def test_who_is_alone_gets_all_of_it() -> None:
    stay = Stay(1, 3, 0)
    assert Crowd.of([stay], 1).demand_s(stay, 4, 1.0, 9.0) == pytest.approx(2, rel=1e-3)


def test_a_turn_is_waited_for_in_the_line_as_it_was_when_it_began() -> None:
    # Two come together, a third one just before 2 s. The first two wait two turns of 1 s for their first, until 2 s; by
    # then three stand in line, so that their second turn is over at 5 s.
    stays = [Stay(0, 5, 0), Stay(0, 5, 1), Stay(1.9, NEVER, 2)]
    assert Crowd.of(stays, 1).demand_s(stays[0], 2, 1.0, 9.0) == pytest.approx(2, rel=1e-3)


def test_who_is_not_done_has_got_as_far_as_the_time_went() -> None:
    stays = [Stay(0, NEVER, 0), Stay(0, NEVER, 1)]
    assert Crowd.of(stays, 1).demand_s(stays[0], 4, 1.0, 8.0) == pytest.approx(4, rel=1e-3)


def test_more_workers_make_the_line_shorter() -> None:
    stays = [Stay(0, 4, number) for number in range(4)]
    assert Crowd.of(stays, 1).demand_s(stays[0], 2, 2.0, 9.0) == pytest.approx(2, rel=1e-3)


def _stays(jobs: list[float], turns: int, demand_s: float) -> list[Stay]:
    """How long such requests, which come at these moments, stay at a server of one worker."""
    queue, done, waiting = queue_of(TURNS, 1, turns=turns, turn_s=1.0), [NEVER] * len(jobs), list(enumerate(jobs))
    while waiting or queue.next_end_s < NEVER:
        if waiting and waiting[0][1] < queue.next_end_s:
            queue.add(waiting[0][1], demand_s, waiting.pop(0)[0])
        else:
            now_s = queue.next_end_s
            if (number := queue.finish()) >= 0:
                done[number] = now_s
    return [Stay(sent_s, done_s, 0) for sent_s, done_s in zip(jobs, done, strict=True)]


@given(st.lists(st.floats(0, 30), min_size=1, max_size=30).map(sorted), st.sampled_from([4, 8, 12]))
def test_the_work_of_a_server_that_takes_turns_is_found_again(jobs: list[float], turns: int) -> None:
    stays = _stays(jobs, turns, 1.0)
    crowd = Crowd.of(stays, 1.0)
    found = [crowd.demand_s(stay, turns, 1.0, 1e9) for stay in stays]
    # Give or take the turns it came too late for, or that others had left in theirs: one turn in each round at most.
    assert sum(found) / len(found) == pytest.approx(1.0, rel=0.35)
