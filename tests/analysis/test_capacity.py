"""Work told from when requests came and went: what a queue was given comes out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis.capacity import CROWDED, Stay, changes, line_starts, overtaken, shared_demands
from hotspan_analysis.queue_model import LINE, NEVER, SHARING, queue_of


def stays_of(discipline: str, capacity: float, jobs: list[tuple[float, float]]) -> list[Stay]:
    """How long these jobs (arrival, demand) stay at such a server."""
    queue, done, left = queue_of(discipline, capacity), [NEVER] * len(jobs), list(enumerate(jobs))
    while left or queue.next_end_s < NEVER:
        if left and left[0][1][0] < queue.next_end_s:
            place, (at_s, demand_s) = left.pop(0)
            queue.add(at_s, demand_s, place)
        else:
            now_s = queue.next_end_s
            done[queue.finish()] = now_s
    return [Stay(at_s, done_s, 0) for (at_s, _), done_s in zip(jobs, done, strict=True)]


def test_changes_count_what_is_in_flight_and_ends_come_before_arrivals_at_the_same_moment() -> None:
    flow = changes([Stay(0, 2, 0), Stay(1, NEVER, 0), Stay(2, 3, 0)])
    assert [(change.at_s, change.arrives, change.in_flight) for change in flow] == [
        (0, True, 1), (1, True, 2), (2, False, 1), (2, True, 2), (3, False, 1),
    ]  # fmt: skip


def test_those_who_come_at_the_very_same_moment_overtake_nobody() -> None:
    stays = [Stay(0.0, float(10 - number), 0) for number in range(10)]
    assert set(overtaken(changes(stays))) == {0}
    starts, strays = line_starts(changes(stays), 10, 1)
    assert strays == 0
    assert starts == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_shared_work_is_half_of_the_stay_of_two_on_one_processor() -> None:
    demands, still = shared_demands(changes([Stay(0, 4, 0), Stay(0, 4, 0)]), 2, 1.0, 4)
    assert demands == pytest.approx([2, 2])
    assert still == {}


def test_an_open_request_has_got_its_share_so_far() -> None:
    demands, still = shared_demands(changes([Stay(0, 2, 0), Stay(1, NEVER, 0)]), 2, 1.0, 5)
    assert demands[1] is None
    assert still == pytest.approx({1: 0.5 + 3})


def test_in_a_line_work_begins_when_a_worker_is_free() -> None:
    starts, strays = line_starts(changes([Stay(0, 2, 0), Stay(1, 5, 0), Stay(1, 6, 0)]), 3, 1)
    assert starts == [0, 2, 5]
    assert strays == 0


def test_one_that_ends_out_of_turn_contradicts_the_line() -> None:
    starts, strays = line_starts(changes([Stay(0, 9, 0), Stay(1, 2, 0), Stay(3, 10, 0)]), 3, 1)
    assert strays == pytest.approx(1 / 3)
    assert starts[2] == 9  # the one that is gone is not begun again


def test_nobody_overtakes_more_than_the_workers_of_a_line_allow() -> None:
    jobs = [(0.01 * place, 1.0 + place % 3) for place in range(60)]
    assert max(overtaken(changes(stays_of(LINE, 3, jobs)))) == 2
    assert max(overtaken(changes(stays_of(SHARING, 3, jobs)))) > CROWDED


jobs_drawn = st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 5)), min_size=1, max_size=30, unique=True).map(sorted)


@given(jobs_drawn, st.integers(1, 4))
def test_the_work_that_was_shared_is_found_again(jobs: list[tuple[float, float]], capacity: int) -> None:
    stays = stays_of(SHARING, capacity, jobs)
    demands, _ = shared_demands(changes(stays), len(stays), capacity, 1e9)
    assert demands == pytest.approx([demand_s for _, demand_s in jobs], abs=1e-6)


@given(jobs_drawn, st.integers(1, 4))
def test_the_starts_in_a_line_are_found_again(jobs: list[tuple[float, float]], workers: int) -> None:
    stays = stays_of(LINE, workers, jobs)
    starts, strays = line_starts(changes(stays), len(stays), workers)
    assert strays == 0
    took = [stay.done_s - (start or 0.0) for stay, start in zip(stays, starts, strict=True)]
    assert took == pytest.approx([demand_s for _, demand_s in jobs], abs=1e-6)
