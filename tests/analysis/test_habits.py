"""Pages that wait, and people who type: quick bursts on a busy machine, by hand."""

import random

import pytest

from hotspan_analysis import StormSettings, open_traces
from hotspan_analysis.storm_results import Storm
from storm_clients import SAVE, Rows
from traces import database, ns, request


def found(rows: Rows) -> list[Storm]:
    with database(rows) as connection:
        return list(open_traces(connection, now_ns=ns(100)).storms(settings=StormSettings()).storms)


def burst(who: str, start_s: float, attempts: int, until_s: float, chance: random.Random) -> Rows:
    """Attempts every quarter of a second, give or take what a busy machine adds, all answered at that moment."""
    rows: Rows = [request("GET /", at=start_s - 3, ms=20, client=who, target="home")]
    at = start_s
    for _ in range(attempts):
        rows.append(request(SAVE, at=at, ms=1000 * (until_s - at), client=who, target=who))
        at += 0.25 * chance.lognormvariate(0, 0.5)
    return rows


def pages(count: int, attempts: int = 6, start_s: float = 10.0) -> Rows:
    """A class whose pages have six connections each and wait for ten seconds."""
    chance = random.Random(5)
    return [
        row
        for number in range(count)
        for row in burst(f"pupil{number}", start_s + chance.random(), attempts, 21.0 + chance.random(), chance)
    ]


def test_a_class_that_goes_on_until_its_connections_are_used_up_waits() -> None:
    storms = found(pages(15))
    assert len(storms) == 15
    assert {storm.mechanism for storm in storms} == {"timer"}
    assert {(storm.rule, storm.confidence) for storm in storms} == {
        ("each of them goes on until it is answered", "suspected")
    }


def test_so_does_one_with_more_connections_that_goes_on_until_the_answer() -> None:
    assert len(found(pages(8, attempts=30))) == 8


def test_two_pages_are_too_few_to_tell() -> None:
    assert found(pages(2)) == []


def test_people_who_type_stop_at_the_end_of_their_words() -> None:
    chance = random.Random(5)
    rows: Rows = []
    for number in range(15):
        letters = 3 + number % 5  # three to seven: a third would be out of connections
        rows += burst(f"typ{number}", 10.0 + chance.random(), letters, 21.0, chance)
    # One of fifteen may have typed as evenly as a clock by chance; that all of them wait is not concluded.
    assert len(found(rows)) <= 1


def test_who_is_as_quick_when_answered_at_once_types_whatever_the_number() -> None:
    chance = random.Random(5)
    rows = pages(15, start_s=10.0)
    for number in range(15):
        who, at = f"pupil{number}", 40.0 + chance.random()
        for _ in range(20):
            rows.append(request(SAVE, at=at, ms=10, client=who, target=who))
            at += 0.2
    assert found(rows) == []


def test_pages_that_ask_for_many_things_at_once_at_one_url_do_not_wait() -> None:
    rows: Rows = []
    for number in range(15):
        for index in range(20):  # all twenty within 0.4 s, answered after eight
            rows.append(request("POST /graphql", at=10 + number / 7 + 0.02 * index, ms=8000, client=f"p{number}"))
    assert found(rows) == []


@pytest.mark.parametrize("connections", [2, 8])
def test_how_many_connections_there_are_can_be_set(connections: int) -> None:
    with database(pages(15)) as connection:
        traces = open_traces(connection, now_ns=ns(100))
        storms = traces.storms(settings=StormSettings(connections=connections)).storms
    # With eight to a browser, six are no reason to stop.
    assert len(storms) == (15 if connections == 2 else 0)
