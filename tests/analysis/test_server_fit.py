"""The server found from its requests: the truth of simulated servers comes out again, and doubt is said."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_trail import Visit
from hotspan_analysis.fitted_server import ServerFit
from hotspan_analysis.queue_model import BLOCKED, LINE, NEVER, NO_TRIGGER, SHARING, TURNS, Trigger
from hotspan_analysis.server_fit import as_blocked, fit_server
from what_if_models import LONG_S, TRIGGER, law, model, recorded, server


def fitted(stays: list[Stay], until_s: float = LONG_S) -> ServerFit:
    found = fit_server(stays, until_s)
    assert isinstance(found, ServerFit), found
    return found


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_processors_that_are_shared_are_found(workers: int) -> None:
    found = fitted(recorded(model(behind=server(workers=float(workers)))))
    assert found.discipline == SHARING
    assert found.workers == pytest.approx(workers, rel=0.1)
    assert found.demand_s == pytest.approx(0.35, rel=0.1)


def test_a_capacity_far_from_the_first_guess_is_found() -> None:
    # Four processors, of which little is seen before the trouble comes: the first guess is one.
    herd = law(visits=tuple(Visit(1.7 * number, LONG_S) for number in range(20)), periods_s=(34.0, 35.0, 36.0))
    works = server(workers=4.0, demand_s=2.0, demands_s=(1.4, 1.7, 2.0, 2.3, 2.6), trigger=Trigger(150.0, 170.0, 6.0))
    found = fitted(recorded(model(herd, works)))
    assert found.workers == pytest.approx(4.0, rel=0.02)
    assert found.demand_s == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_line_and_its_workers_are_found(workers: int) -> None:
    found = fitted(recorded(model(behind=server(workers=float(workers), discipline=LINE))))
    assert (found.discipline, found.workers) == (LINE, workers)
    assert found.demand_s == pytest.approx(0.35, rel=0.1)
    assert found.variation == pytest.approx(server().variation, rel=0.3)


@pytest.mark.parametrize("discipline", [SHARING, LINE])
def test_the_trigger_is_found(discipline: str) -> None:
    trigger = fitted(recorded(model(behind=server(discipline=discipline)))).trigger
    assert trigger.from_s == pytest.approx(TRIGGER.from_s, abs=3)
    assert trigger.to_s == pytest.approx(TRIGGER.to_s, abs=3)
    assert trigger.factor == pytest.approx(TRIGGER.factor, rel=0.25)


def test_a_storm_without_a_trigger_has_none() -> None:
    herd = law(visits=tuple(replace(visit, from_s=100 + visit.from_s / 100) for visit in law().visits))
    stays = [Stay(20.0 * number, 20.0 * number + 0.35, 50) for number in range(5)]
    stays += recorded(model(herd, server(trigger=NO_TRIGGER, workers=1.0)))
    assert fitted(stays).trigger == NO_TRIGGER


def test_a_growing_crowd_in_which_light_requests_end_first_does_not_mislead() -> None:
    varied = server(demands_s=(0.05, 0.1, 0.2, 0.35, 0.5, 0.6, 0.65), workers=2.0, discipline=SHARING)
    found = fitted(recorded(model(behind=varied)))
    assert found.workers == pytest.approx(2.0, rel=0.15)


def test_load_beside_is_kept_as_it_was() -> None:
    stays = recorded(model())
    beside = [Stay(5.0 * number + 2.5, 5.0 * number + 2.51, -1) for number in range(30)]
    found = fitted(sorted(stays + beside, key=lambda stay: stay.sent_s))
    assert len(found.beside) == 30
    assert sum(work_s for _, work_s in found.beside) <= 0.31


def test_who_was_never_crowded_does_not_show_what_it_can_do() -> None:
    calm = [Stay(10.0 * number, 10.0 * number + 0.3, 0) for number in range(60)]
    assert "never had more to do than it can" in str(fit_server(calm, 600.0))


HERD = law(connections=6, visits=tuple(Visit(210.0 + 0.03 * place, 270.0) for place in range(15)))
"""A class that comes in together: from its first requests on there is a crowd."""


@pytest.mark.parametrize("processes", [1, 2])
def test_where_nothing_was_calm_each_process_is_taken_to_work_on_one_at_a_time(processes: int) -> None:
    stays = recorded(model(HERD, server(workers=1.0, trigger=NO_TRIGGER), until_s=270.0))
    found = fitted([replace(stay, process=number % processes) for number, stay in enumerate(stays)], 270.0)
    assert not found.workers_seen
    assert found.workers == processes
    assert found.demand_s == pytest.approx(0.35 * processes, rel=0.1)


def test_where_nothing_was_done_the_work_is_not_known() -> None:
    beside = [Stay(0.01 * number, 5.0 + number, -1) for number in range(40)]
    assert "7 of its 30 requests were ever answered" in str(
        fit_server([*beside, *(Stay(1.0, 60.0 if number < 7 else NEVER, 0) for number in range(30))], 70.0)
    )


crowds = st.lists(
    st.tuples(st.floats(0, 20), st.one_of(st.floats(0.001, 40), st.just(NEVER)), st.integers(-1, 3)),
    min_size=25,
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(crowds)
def test_whatever_was_recorded_there_is_a_server_or_a_reason(drawn: list[tuple[float, float, int]]) -> None:
    found = fit_server([Stay(sent_s, sent_s + lasted_s, sender) for sent_s, lasted_s, sender in sorted(drawn)], 60.0)
    assert found if isinstance(found, str) else found.demand_s >= 0


def test_a_process_that_follows_another_is_no_second_one() -> None:
    stays = recorded(model(HERD, server(workers=1.0, trigger=NO_TRIGGER), until_s=270.0))
    before = [Stay(float(number), number + 0.1, -1, process=1) for number in range(5)]
    assert fitted([*before, *(replace(stay, process=2) for stay in stays)], 270.0).workers == 1


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize(("workers", "spread_s"), [(2.0, 0.02), (2.0, 0.05), (1.0, 0.1)])
def test_works_that_differ_do_not_make_turns_of_processors_that_are_shared(
    workers: float, spread_s: float, seed: int
) -> None:
    works = server(workers=workers, demands_s=tuple(0.35 + spread_s * part for part in (-1, -0.5, 0, 0.5, 1)))
    assert fitted(recorded(model(behind=works), seed=seed)).discipline == SHARING


@pytest.mark.parametrize("turns", [4, 12])
def test_turns_are_found(turns: int) -> None:
    asks = server(discipline=TURNS, workers=1.0, turns=turns, trigger=NO_TRIGGER, demands_s=(0.33, 0.35, 0.37))
    alone = recorded(model(law(visits=(Visit(0.0, 200.0),)), asks, until_s=200.0))
    crowd = [replace(stay, sender=stay.sender + 1) for stay in recorded(model(HERD, asks, until_s=270.0))]
    found = fitted(alone + crowd, 270.0)
    assert (found.discipline, found.workers) == (TURNS, 1)
    assert found.demand_s == pytest.approx(0.35, rel=0.05)
    assert turns / 2 <= found.turns <= turns * 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_turns_are_found_although_each_takes_another_time(seed: int) -> None:
    # As on a machine that is not always as fast: what a request seems to need differs by a few per cent from its work.
    asks = server(discipline=TURNS, workers=1.0, turns=12, trigger=NO_TRIGGER, demands_s=(0.35,))
    chance = Random(seed)
    noisy = [
        replace(
            stay, sender=stay.sender + 1, done_s=stay.done_s + chance.uniform(-0.1, 0.1) * (stay.done_s - stay.sent_s)
        )
        for stay in recorded(model(HERD, asks, until_s=270.0))
    ]
    alone = recorded(model(law(visits=(Visit(0.0, 200.0),)), asks, until_s=200.0))
    assert fitted(alone + noisy, 270.0).discipline == TURNS


def test_a_line_of_one_that_begins_nothing_while_it_works_is_a_blocked_loop() -> None:
    line = server(discipline=LINE, workers=1.0)
    stays = [Stay(0, 1, 0, started_s=0), Stay(0.5, 2, 0, started_s=1), Stay(0.6, NEVER, 0, started_s=2)]
    assert as_blocked(line, stays).discipline == BLOCKED
    begun_at_once = [replace(stay, started_s=stay.sent_s) for stay in stays]
    assert as_blocked(line, begun_at_once).discipline == LINE


@pytest.mark.parametrize(
    ("discipline", "workers", "processes", "lines", "with_two_more"),
    [
        (TURNS, 1.0, 1, 1, 3),  # the process's one connection: more processes have one more each
        (BLOCKED, 2.0, 2, 2, 4),
        (TURNS, 3.0, 1, 1, 1),  # three connections of one process are one pool
        (LINE, 1.0, 1, 1, 1),  # who knows where that line is
        (SHARING, 2.0, 2, 1, 1),  # processors are of the machine
    ],
)
def test_a_worker_more_has_a_line_of_its_own_where_each_process_has(
    discipline: str, workers: float, processes: int, lines: int, with_two_more: int
) -> None:
    found = server(discipline=discipline, workers=workers, processes=processes)
    assert (found.lines(), found.lines(2.0)) == (lines, with_two_more)
