"""The page's clock, second by second, as worked out by hand from the JavaScript it stands for."""

from hypothesis import given
from hypothesis import strategies as st

from hotspan_sample_traces.page import SaveClock


def saves(*, bug: bool, seconds: int, answers: dict[int, int]) -> list[int]:
    """The seconds at which saves are sent; `answers` says how many answers come just before a second's tick."""
    clock = SaveClock(threshold=10, bug=bug)
    sent = []
    for second in range(1, seconds + 1):
        for _ in range(answers.get(second, 0)):
            clock.answered()
        if clock.tick():
            sent.append(second)
    return sent


def test_nobody_notices_the_bug_while_answers_come_within_a_second() -> None:
    # Sent at 11, answered before 12: elapsed is 1 again at 12, and 11 at 22.
    assert saves(bug=True, seconds=33, answers={12: 1, 23: 1}) == [11, 22, 33]


def test_the_fixed_page_saves_every_ten_seconds() -> None:
    # Sent at 10, answered before 11: elapsed is 1 again at 11, and 10 at 20.
    assert saves(bug=False, seconds=30, answers={11: 1, 21: 1}) == [10, 20, 30]


def test_with_the_bug_a_late_answer_means_another_save_every_second() -> None:
    # The answer comes before second 15; by then 11, 12, 13 and 14 have sent. The next one is 11 seconds on.
    assert saves(bug=True, seconds=25, answers={15: 1}) == [11, 12, 13, 14, 25]


def test_the_fixed_page_waits_for_a_late_answer() -> None:
    # Sent at 10; elapsed passes 10 while waiting and never equals it again until the answer before second 15.
    assert saves(bug=False, seconds=24, answers={15: 1}) == [10, 24]


def test_any_answer_stops_the_calls_though_others_are_still_to_come() -> None:
    # Three were sent (11, 12, 13); the answers to the later two keep the clock from reaching 11 until 30 + 11.
    assert saves(bug=True, seconds=40, answers={14: 1, 20: 1, 30: 1}) == [11, 12, 13, 40]


def test_without_any_answer_only_the_bug_goes_on() -> None:
    assert saves(bug=True, seconds=60, answers={}) == list(range(11, 61))
    assert saves(bug=False, seconds=60, answers={}) == [10]


@given(latency=st.integers(min_value=0, max_value=8), seconds=st.integers(min_value=1, max_value=200))
def test_a_steady_latency_gives_one_call_more_for_each_second_of_it(latency: int, seconds: int) -> None:
    """With latency L (whole seconds, each save answered just after its L-th tick) a wait sends 1 + L saves."""
    clock = SaveClock(threshold=10, bug=True)
    due: list[int] = []
    bursts: list[list[int]] = []
    for second in range(1, seconds + 1):
        if clock.tick():
            if not due:
                bursts.append([])
            bursts[-1].append(second)
            due.append(second + latency)
        while due and due[0] <= second:
            due.pop(0)
            clock.answered()
    assert all(len(burst) <= 1 + latency for burst in bursts)
    assert all(len(burst) == 1 + latency for burst in bursts[:-1])
