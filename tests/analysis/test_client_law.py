"""The law of the clients, found again from what they sent."""

import random
from dataclasses import replace

import pytest

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_law import ClientLaw, fit_clients
from hotspan_analysis.client_trail import ANY, EVERY, FIRST, LATEST, OWN, Visit
from hotspan_analysis.queue_model import LINE, NEVER, NO_TRIGGER
from what_if_models import LONG_S, law, model, recorded, server


def fitted(stays: list[Stay], until_s: float = LONG_S) -> ClientLaw:
    """The likeliest law."""
    laws = fit_clients(stays, until_s)
    assert not isinstance(laws, str), laws
    return laws[0]


@pytest.mark.parametrize("reset", [OWN, ANY, EVERY])
def test_the_answer_that_stops_the_timer_is_found(reset: str) -> None:
    found = fitted(recorded(model(law(reset=reset))))
    assert found.reset == reset
    assert found.resend_gap_s == pytest.approx(1.0, abs=0.02)
    assert found.period_s == pytest.approx(10.0, abs=0.2)
    assert found.share > 0.95
    assert found.connections is None


@pytest.mark.parametrize("reset", [LATEST, FIRST])
def test_those_that_wait_for_one_attempt_are_found_too(reset: str) -> None:
    found = fitted(recorded(model(law(reset=reset), server(workers=4.0))))
    assert found.reset == reset


@pytest.mark.parametrize("connections", [3, 6])
def test_a_limit_on_connections_is_found(connections: int) -> None:
    found = fitted(recorded(model(law(connections=connections), server(workers=1.0))))
    assert found.connections == connections
    assert found.resend_gap_s == pytest.approx(1.0, abs=0.02)


def test_where_no_limit_was_reached_that_of_browsers_is_tried_too() -> None:
    calm = recorded(model(law(), server(workers=8.0, discipline=LINE)))
    laws = fit_clients(calm, LONG_S)
    assert [each.connections for each in laws[:2] if not isinstance(each, str)] == [None, 6]


@pytest.mark.parametrize("rest_ticks", [11, 5])
def test_a_timer_that_never_stops_is_found_by_its_beat(rest_ticks: int) -> None:
    ticking = law(rest_ticks=rest_ticks, connections=6, visits=tuple(Visit(1.37 * n, LONG_S) for n in range(10)))
    found = fitted(recorded(model(ticking, server(workers=1.0, demands_s=(0.21, 0.33, 0.37, 0.42, 0.47)))))
    assert found.rest_ticks == rest_ticks


def test_a_timer_that_never_stops_is_found_where_all_answers_take_as_long() -> None:
    # Answers that all take 0.2 s, give or take a hundredth: rests are nearly as much alike as steps, but not quite.
    ticking = law(rest_ticks=11, connections=6, visits=tuple(Visit(1.37 * n, LONG_S) for n in range(10)))
    found = fitted(recorded(model(ticking, server(workers=9.0, demands_s=(0.19, 0.195, 0.2, 0.205, 0.21)))))
    assert found.rest_ticks == 11


def test_answers_in_time_to_a_timer_that_starts_anew_are_no_beat() -> None:
    # Rests of 8.8 s and answers after 0.2 s: on average that is nine ticks, and by chance.
    anew = law(visits=tuple(Visit(1.37 * n, LONG_S) for n in range(10)), periods_s=(8.79, 8.8, 8.81))
    calm = server(workers=9.0, demands_s=(0.19, 0.195, 0.2, 0.205, 0.21))
    assert fitted(recorded(model(anew, calm))).rest_ticks is None


def test_laws_that_are_left_tell_of_the_same_rests() -> None:
    laws = fit_clients(recorded(model(law(reset=OWN))), LONG_S)
    assert not isinstance(laws, str)
    assert laws[0].reset == OWN
    assert all(each.period_s == pytest.approx(laws[0].period_s, rel=0.1) for each in laws)


def test_the_law_counts_the_operations_that_were_answered() -> None:
    once = [Stay(20.0 * number, 20.0 * number + 2.5, 0) for number in range(10)]
    again = [Stay(20.0 * number + gap, 20.0 * number + 3, 0) for number in range(10) for gap in (1.0, 2.0)]
    found = fitted(once + again, 200.0)
    assert found.operations(200.0) == 10
    assert found.operations(82.5) == 5
    assert found.period_s == pytest.approx(17.5)


def test_who_stops_sending_has_left() -> None:
    clients = law(visits=(Visit(0.0, 300.0), *(Visit(float(place), LONG_S) for place in range(1, 10))))
    visits = fitted(recorded(model(clients))).visits
    assert visits[0].from_s == 0
    assert visits[0].until_s == pytest.approx(300, abs=12)
    assert all(visit.until_s == LONG_S for visit in visits[1:])


def test_who_comes_back_after_a_long_time_is_somebody_new() -> None:
    stays = recorded(model())
    moved = [Stay(stay.sent_s + 1000, stay.done_s + 1000, stay.sender) for stay in stays if stay.sender == 3]
    visits = [visit for visit in fitted(stays + moved, 1700.0).visits if visit.from_s >= 1000]
    assert len(visits) == 1


def test_clients_that_never_repeat_have_no_timer() -> None:
    polite = [Stay(10.0 * number, 10.0 * number + 1, 0) for number in range(50)]
    assert "no client sends again" in str(fit_clients(polite, 600.0))


def test_too_few_repeats_make_no_law() -> None:
    few = [Stay(1.0 * number, 30, sender) for sender in range(4) for number in range(9)]
    assert "to rest 0 times" in str(fit_clients(few, 40.0))


def _locked_up(came_s: float | None) -> list[Stay]:
    """Ten clients who each send eleven times, a second apart, before the first answer comes."""
    return [
        Stay(20 + 0.1 * sender + number, 31.5 + 0.1 * sender + number, sender, came_s=came_s)
        for sender in range(10)
        for number in range(11)
    ]


def test_who_was_never_seen_to_rest_rests_as_long_as_it_took_to_begin() -> None:
    found = fitted(_locked_up(came_s=9.0), 32.0)
    assert not found.period_seen
    assert found.period_s == pytest.approx(11.45)
    assert "to rest 0 times" in str(fit_clients(_locked_up(came_s=None), 32.0))


def test_those_who_began_after_very_different_times_say_nothing_of_their_pauses() -> None:
    stays = [replace(stay, came_s=2.0 * stay.sender) for stay in _locked_up(None)]
    assert "to rest 0 times" in str(fit_clients(stays, 32.0))


def test_where_nothing_tells_them_apart_a_timer_that_counts_is_set_back_by_every_answer() -> None:
    visits = tuple(Visit(1.37 * number, LONG_S) for number in range(10))
    calm = recorded(model(law(rest_ticks=11, visits=visits), server(trigger=NO_TRIGGER, workers=9.0), until_s=200.0))
    again = [Stay(250 + 1.37 * sender + number, 300, sender) for sender in range(4) for number in range(4)]
    assert fitted(calm + again, 320.0).reset == EVERY


def test_clients_that_repeat_at_random_are_refused() -> None:
    chance = random.Random(1)
    stays, at_s = [], 0.0
    for _ in range(300):
        at_s += chance.expovariate(0.5)
        stays.append(Stay(at_s, at_s + chance.uniform(0.5, 8), 0))
    assert "when a timer would send them" in str(fit_clients(stays, at_s + 20))


def test_open_requests_are_open() -> None:
    stays = recorded(model(until_s=230.0))
    assert any(stay.done_s == NEVER for stay in stays)
    assert fitted(stays, 230.0).reset == OWN
