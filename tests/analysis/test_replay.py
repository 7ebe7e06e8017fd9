"""The closed loop: runs worked out by hand, and what every run keeps to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis.client_trail import ANY, EVERY, FIRST, LATEST, OWN, RESETS, Visit
from hotspan_analysis.queue_model import BLOCKED, LINE, NEVER, NO_TRIGGER, SHARING, TURNS
from hotspan_analysis.replay import AS_IT_WAS, Change, Model, replay
from what_if_models import law, model, server

ALONE = law(visits=(Visit(0.0, 100.0),), periods_s=(10.0,), resend_gaps_s=(1.0,))
CALM = server(trigger=NO_TRIGGER)


def one_client(demand_s: float, **more: object) -> Model:
    """One client before a server with one worker that always takes that long."""
    behind = server(discipline=LINE, workers=1.0, demand_s=demand_s, demands_s=(demand_s,), trigger=NO_TRIGGER)
    return Model(behind, replace(ALONE, **more), 30.0)  # type: ignore[arg-type]  # fields of the law


def test_a_client_that_is_answered_in_time_sends_once_a_period() -> None:
    outcome = replay(one_client(0.5), AS_IT_WAS, 1)
    assert outcome.sent_s == pytest.approx([0, 10.5, 21])
    assert outcome.done_s == pytest.approx([0.5, 11, 21.5])
    assert outcome.operations == 3


def test_a_client_that_waits_sends_again_each_gap_until_it_is_answered() -> None:
    # The answer to the first comes after 2.5 s: by then there are two more, which the server works off all the same.
    outcome = replay(one_client(2.5), AS_IT_WAS, 1)
    assert outcome.sent_s[:3] == pytest.approx([0, 1, 2])
    assert outcome.done_s[:3] == pytest.approx([2.5, 5, 7.5])
    assert outcome.sent_s[3] == pytest.approx(12.5)


def test_a_fixed_client_never_sends_while_it_waits() -> None:
    outcome = replay(one_client(2.5), Change(fix_clients=True), 1)
    assert outcome.sent_s == pytest.approx([0, 12.5, 25])


def test_each_answer_can_start_the_rest_anew() -> None:
    outcome = replay(one_client(2.5, reset=EVERY), AS_IT_WAS, 1)
    assert outcome.sent_s[3] == pytest.approx(17.5)  # 10 s after the last answer at 7.5 s


def test_who_waits_for_the_latest_attempt_waits_longer() -> None:
    # Attempts at 0, 1, 2, …; each new one is the latest, and none is answered before the next is sent.
    outcome = replay(one_client(1.5, reset=LATEST), AS_IT_WAS, 1)
    assert len(outcome.sent_s) == 31
    assert outcome.operations == 0
    assert replay(one_client(1.5, reset=FIRST), AS_IT_WAS, 1).operations == 3


def test_a_late_answer_to_the_operation_before_stops_only_who_takes_any() -> None:
    # Work of 6 s: the first operation is answered at 6 s, its five repeats keep the server busy until 36 s.
    slow = one_client(6.0, periods_s=(2.0,))
    own, anybody = (
        replay(Model(slow.server, replace(slow.clients, reset=reset), 30.0), AS_IT_WAS, 1) for reset in (OWN, ANY)
    )
    assert own.operations == 1
    assert anybody.operations > 1


def test_twice_as_fast_is_half_the_work() -> None:
    outcome = replay(one_client(0.5), Change(speedup=2.0), 1)
    assert outcome.done_s[0] == pytest.approx(0.25)


def test_more_workers_take_more_at_once() -> None:
    outcome = replay(one_client(2.5), Change(workers=2.0), 1)
    assert outcome.done_s[:3] == pytest.approx([2.5, 3.5, 4.5])


def test_of_processes_with_a_line_each_one_may_be_idle_while_requests_wait_in_another() -> None:
    # Ten requests at once, of 1 s each: two workers at one line need 5 s for them, at two lines nearly always more.
    herd = law(visits=tuple(Visit(0.0, 30.0) for _ in range(10)), periods_s=(100.0,), resend_gaps_s=(100.0,))
    behind = server(discipline=TURNS, workers=1.0, demand_s=1.0, demands_s=(1.0,), turns=4, trigger=NO_TRIGGER)
    longest_s = [max(replay(Model(behind, herd, 30.0), Change(workers=1.0), seed).done_s) for seed in range(20)]
    assert min(longest_s) >= 5 - 1e-6
    assert sum(longest_s) / 20 > 5.5


def test_a_connection_stays_with_its_process() -> None:
    # Work of 4 s, due at 0, 1, 2, 3 s on two connections. Each with a process of its own: each sends again 0.1 s after its
    # answer. Both with one: the second waits for the first, and so does what follows. Nothing lies between the two.
    waiting = one_client(4.0, connections=2, turnaround_s=0.1)
    behind = replace(waiting.server, discipline=BLOCKED)
    runs = [replay(replace(waiting, server=behind, until_s=12.0), Change(workers=1.0), seed) for seed in range(20)]
    assert {tuple(round(at_s, 3) for at_s in run.sent_s) for run in runs} == {(0, 1, 4.1, 5.1), (0, 1, 4.1, 8.1)}
    assert {tuple(round(at_s, 3) for at_s in run.done_s) for run in runs} == {(4, 5, 8.1, 9.1), (4, 8, 12, NEVER)}


def test_where_connections_are_not_limited_each_request_may_come_to_any_process() -> None:
    busy = one_client(4.0)
    behind = replace(busy.server, discipline=BLOCKED)
    runs = [replay(replace(busy, server=behind, until_s=12.0), Change(workers=1.0), seed) for seed in range(40)]
    assert len({tuple(round(at_s, 3) for at_s in run.done_s) for run in runs}) > 4


def test_without_a_free_connection_a_request_waits_in_the_client() -> None:
    outcome = replay(one_client(4.0, connections=2, turnaround_s=0.1), AS_IT_WAS, 1)
    assert outcome.sent_s[:4] == pytest.approx([0, 1, 4.1, 8.1])  # due at 2 and 3 s, sent when an answer freed one


def test_who_has_left_sends_nothing() -> None:
    outcome = replay(one_client(0.5, visits=(Visit(0.0, 12.0),)), AS_IT_WAS, 1)
    assert outcome.sent_s == pytest.approx([0, 10.5])


def test_an_answer_after_somebody_left_is_no_operation_answered() -> None:
    # Work of 3 s, from 0 s on; it leaves at 2 s, and at 3 s nobody waits any more.
    outcome = replay(one_client(3.0, visits=(Visit(0.0, 2.0),)), AS_IT_WAS, 1)
    assert (min(outcome.done_s), outcome.operations) == (3, 0)


def test_runs_of_timers_that_never_stop_differ_by_when_clients_came_and_by_what_is_not_known_of_the_work() -> None:
    # Everything else about them is certain: one work, one gap, one rest.
    ticking = one_client(0.5, rest_ticks=11)
    came_s = [replay(ticking, AS_IT_WAS, seed).sent_s[0] for seed in range(9)]
    assert len(set(came_s)) == 9
    assert max(abs(at_s) for at_s in came_s) <= 0.1
    first, second, *_ = replay(ticking, AS_IT_WAS, 1).sent_s
    assert second - first == pytest.approx(11)
    took_s = [outcome.done_s[0] - outcome.sent_s[0] for outcome in (replay(ticking, AS_IT_WAS, n) for n in range(9))]
    assert len(set(took_s)) == 9
    assert 0.475 <= min(took_s) < max(took_s) <= 0.525


def test_load_beside_takes_capacity_and_is_not_counted() -> None:
    busy = one_client(0.5, visits=(Visit(1.0, 30.0),))
    outcome = replay(Model(replace(busy.server, beside=((0.0, 5.0), (90.0, 1.0))), busy.clients, 30.0), AS_IT_WAS, 1)
    assert outcome.done_s[0] == pytest.approx(5.5)
    assert len(outcome.sent_s) == len(outcome.clients)


def test_the_same_seed_is_the_same_run_and_another_one_is_not() -> None:
    assert replay(model(), AS_IT_WAS, 1) == replay(model(), AS_IT_WAS, 1)
    assert replay(model(), AS_IT_WAS, 1) != replay(model(), AS_IT_WAS, 2)


def test_the_story_locks_up_and_the_guard_mends_it() -> None:
    as_it_was, fixed = (replay(model(), change, 1) for change in (AS_IT_WAS, Change(fix_clients=True)))
    assert len(as_it_was.sent_s) > 2 * as_it_was.operations
    assert len(fixed.sent_s) - fixed.operations <= 10
    assert fixed.operations > as_it_was.operations


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(list(RESETS)), st.sampled_from([SHARING, LINE]), st.sampled_from([None, 2, 6]),
    st.booleans(), st.integers(0, 9),
)  # fmt: skip
def test_every_run_keeps_the_laws(reset: str, discipline: str, connections: int | None, fixed: bool, seed: int) -> None:
    clients = law(reset=reset, connections=connections)
    outcome = replay(model(clients, server(discipline=discipline), 300.0), Change(fix_clients=fixed), seed)
    assert list(outcome.sent_s) == sorted(outcome.sent_s)
    assert len(outcome.sent_s) == len(outcome.done_s) == len(outcome.clients)
    answered = [(sent, done) for sent, done in zip(outcome.sent_s, outcome.done_s, strict=True) if done < NEVER]
    assert all(sent < done <= 300 for sent, done in answered)
    assert outcome.operations <= len(answered)
    if limit := 1 if fixed else connections:
        assert most_open(outcome.sent_s, outcome.done_s, outcome.clients) <= limit


def most_open(sent_s: object, done_s: object, clients: object) -> int:
    """Most requests that one client had open at one time."""
    moments = sorted(
        [(at, 1, who) for at, who in zip(sent_s, clients, strict=True)]  # type: ignore[call-overload]  # sequences
        + [(at, 0, who) for at, who in zip(done_s, clients, strict=True)]  # type: ignore[call-overload]  # sequences
    )
    open_now: dict[int, int] = {}
    most = 0
    for _, begins, who in moments:
        open_now[who] = open_now.get(who, 0) + (1 if begins else -1)
        most = max(most, open_now[who])
    return most
