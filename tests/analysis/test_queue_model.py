"""Queues worked out by hand, and what holds for every queue: no work is lost, none is done that was not asked for."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis.queue_model import (
    LINE,
    NEVER,
    NOBODY,
    SHARING,
    TURNS,
    Apart,
    Line,
    Queue,
    RoundRobin,
    SharedProcessors,
    Trigger,
    queue_of,
)

Jobs = list[tuple[float, float]]
"""Arrival and demand of each, in order of arrival."""


def ends(queue: Queue, jobs: Jobs, *, number: int | None = None) -> list[float]:
    """When each job is done."""
    done = [NEVER] * len(jobs)
    waiting = list(enumerate(jobs))
    while waiting or queue.next_end_s < NEVER:
        if waiting and waiting[0][1][0] < queue.next_end_s:
            place, (at_s, demand_s) = waiting.pop(0)
            queue.add(at_s, demand_s, place if number is None else number)
        else:
            now_s = queue.next_end_s
            finished = queue.finish()
            if finished >= 0:
                done[finished] = now_s
    return done


def test_two_jobs_that_share_one_processor_each_run_at_half_speed() -> None:
    # From 0 to 1 s the first is alone and gets 1 of its 2 s; then both get half: it needs 2 s more, until 3 s.
    # The second got 1 s of its 3 s by then; alone it needs 2 s more.
    assert ends(SharedProcessors(1), [(0, 2), (1, 3)]) == pytest.approx([3, 5])


def test_as_many_jobs_as_processors_do_not_disturb_each_other() -> None:
    assert ends(SharedProcessors(2), [(0, 2), (1, 3)]) == pytest.approx([2, 4])


def test_three_jobs_on_two_processors_each_get_two_thirds() -> None:
    assert ends(SharedProcessors(2), [(0, 2), (0, 2), (0, 2)]) == pytest.approx([3, 3, 3])


def test_part_of_a_processor_counts_too() -> None:
    assert ends(SharedProcessors(1.5), [(0, 3), (0, 3)]) == pytest.approx([4, 4])


def test_in_a_line_the_second_waits_for_the_first() -> None:
    assert ends(Line(1), [(0, 2), (1, 3), (1.5, 1)]) == pytest.approx([2, 5, 6])


def test_two_workers_take_the_line_in_turn() -> None:
    assert ends(Line(2), [(0, 4), (0, 1), (0.5, 2), (0.6, 1)]) == pytest.approx([4, 1, 3, 4])


def test_two_that_take_turns_alternate() -> None:
    # Turns of 1 s: the first has 0 to 1 s, then the second, and so on; the last turns end at 3 s and 4 s.
    assert ends(RoundRobin(1, 2, 1.0), [(0, 2), (0.5, 2)]) == pytest.approx([3, 4])


def test_who_comes_later_stands_behind_those_who_wait_for_their_next_turn() -> None:
    # At 1 s the first goes behind the second; the third, who comes at 1.5 s, has its first turn from 3 to 4 s.
    assert ends(RoundRobin(1, 2, 1.0), [(0, 2), (0.5, 2), (1.5, 2)]) == pytest.approx([3, 5, 6])


def test_load_beside_takes_the_turns_it_needs() -> None:
    queue = RoundRobin(1, 4, 0.5)
    queue.add(0.0, 1.2, NOBODY)  # three turns of 0.4 s
    assert ends(queue, [(0.1, 2)]) == pytest.approx([3.2])


def test_one_turn_is_a_line_and_very_many_are_sharing() -> None:
    jobs = [(0.1 * place, 1.0 + place % 3) for place in range(9)]
    assert ends(RoundRobin(2, 1, 1.0), jobs) == pytest.approx(ends(Line(2), jobs))
    assert ends(RoundRobin(1, 2000, 1.0), [(0, 1), (0.25, 1)]) == pytest.approx(
        ends(SharedProcessors(1), [(0, 1), (0.25, 1)]), abs=0.01
    )


def test_a_trigger_makes_turns_longer_by_arrival() -> None:
    assert ends(queue_of(TURNS, 2, Trigger(1, 2, 10), 4, 0.25), [(0.9, 1), (1.0, 1)]) == pytest.approx([1.9, 11])


def test_a_trigger_counts_by_arrival_where_processors_are_shared_and_by_the_start_of_work_in_a_line() -> None:
    trigger = Trigger(1, 2, 10)
    assert ends(SharedProcessors(9, trigger), [(0.9, 1), (1.0, 1), (2.0, 1)]) == pytest.approx([1.9, 11, 3])
    assert ends(Line(1, trigger), [(0, 1.5), (0.5, 1)]) == pytest.approx([1.5, 11.5])


def test_a_trigger_leaves_the_load_beside_as_it_was() -> None:
    queue = SharedProcessors(1, Trigger(0, 9, 10))
    queue.add(0, 1, NOBODY)
    assert queue.next_end_s == pytest.approx(1)


def test_a_discipline_has_its_queue() -> None:
    assert isinstance(queue_of(SHARING, 2), SharedProcessors)
    assert isinstance(queue_of(LINE, 2), Line)


jobs_drawn = st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 5)), min_size=1, max_size=25).map(sorted)


@given(jobs_drawn, st.sampled_from([SHARING, LINE]), st.integers(1, 4))
def test_no_more_work_is_done_than_there_is_capacity_for_and_all_of_it_in_the_end(
    jobs: Jobs, discipline: str, capacity: int
) -> None:
    done = ends(queue_of(discipline, capacity), jobs)
    assert all(end < NEVER for end in done)
    for (at_s, demand_s), end in zip(jobs, done, strict=True):
        assert end >= at_s + demand_s - 1e-9
    first_s = jobs[0][0]
    assert sum(demand_s for _, demand_s in jobs) <= capacity * (max(done) - first_s) + 1e-6


@given(jobs_drawn, st.integers(1, 3))
def test_both_disciplines_with_one_processor_are_busy_for_the_same_time(jobs: Jobs, copies: int) -> None:
    jobs = sorted(jobs * copies)
    assert max(ends(Line(1), jobs)) == pytest.approx(max(ends(SharedProcessors(1), jobs)))


@given(jobs_drawn, st.integers(1, 4))
def test_a_line_begins_in_order_of_arrival(jobs: Jobs, workers: int) -> None:
    done = ends(Line(workers), jobs)
    starts = [end - demand_s for end, (_, demand_s) in zip(done, jobs, strict=True)]
    assert all(one <= other + 1e-9 for one, other in itertools.pairwise(starts))


def test_in_queues_apart_each_request_waits_for_those_in_its_own() -> None:
    # Eight of a second each, all at once, before two lines: in each they are done one after the other.
    done = sorted(ends(Apart([Line(1), Line(1)], Random(1), int), [(0, 1)] * 8))
    splits = [sorted([*range(1, count + 1), *range(1, 9 - count)]) for count in range(5)]
    assert done in splits


@given(jobs_drawn, st.integers(1, 4), st.integers(0, 9))
def test_in_queues_apart_all_is_done_and_jobs_alike_no_sooner_than_in_one_for_all(
    jobs: Jobs, lines: int, seed: int
) -> None:
    jobs = [
        (at_s, 1.0) for at_s, _ in jobs
    ]  # unlike ones may be: a short one does not wait for the long one of another
    done = ends(Apart([Line(1) for _ in range(lines)], Random(seed), int), jobs)
    assert all(end >= at_s + demand_s - 1e-9 for (at_s, demand_s), end in zip(jobs, done, strict=True))
    assert max(done) < NEVER
    assert sum(done) >= sum(ends(Line(lines), jobs)) - 1e-6


@given(st.integers(1, 4), st.integers(0, 9))
def test_in_queues_apart_all_of_a_connection_comes_to_the_same_one(connections: int, seed: int) -> None:
    # Twenty of a second each, all at once: those of one connection are done apart, or two of them were worked on at once.
    apart = Apart([Line(1) for _ in range(5)], Random(seed), lambda number: number % connections)
    done = ends(apart, [(0, 1)] * 20)
    for connection in range(connections):
        assert len(set(done[connection::connections])) == 20 // connections + (connection < 20 % connections)
