"""Duplicates in flight, by hand: which request repeats an earlier one that is still open."""

from typing import Any

import pytest

from hotspan_analysis import Window, open_traces
from traces import EPOCH_NS, database, ns, request

Row = dict[str, Any]
SLOT_S = 2**32 / 1e9
"""Lanes are looked at in slots of this length; nothing may depend on where they are cut."""


def found(rows: list[Row], window: tuple[float, float] = (0, 600), now: float = 600) -> tuple[int, float]:
    """How many duplicates there are, and their time in seconds."""
    with database(rows) as connection:
        ranking = open_traces(connection, now_ns=ns(now)).endpoints(Window(ns(window[0]), ns(window[1])))
    total = ranking.totals.everything
    return total.duplicates, total.avoidable_s


def save(at: float, ms: float | None = 3000, **more: Any) -> Row:
    return request("PUT /save", at=at, ms=ms, **more)


def test_the_first_of_three_is_no_duplicate() -> None:
    assert found([save(0, 3000), save(1, 2000), save(2, 1000)]) == (2, 3.0)


def test_one_after_the_other_is_none() -> None:
    assert found([save(0, 1000), save(1, 1000), save(2.5, 1000)]) == (0, 0.0)


def test_what_ends_at_the_very_moment_is_over() -> None:
    assert found([save(0, 1000), save(1, 10)]) == (0, 0.0)
    assert found([save(0, 1000.000001), save(1, 10)]) == (1, 0.01)


def test_of_two_at_the_same_moment_the_second_in_order_is_one() -> None:
    assert found([save(0, 1000), save(0, 1000)]) == (1, 1.0)


@pytest.mark.parametrize(
    "other",
    [
        {"client": "bob"},
        {"target": "other"},
        {"service": "shop"},
        {"client": None},
        {"target": None},
        {"kind": "held_open"},
        {"speculative": True},
    ],
)
def test_what_repeats_nothing(other: Row) -> None:
    assert found([save(0), save(1, **other)]) == (0, 0.0)


def test_preflights_repeat_nothing() -> None:
    assert found([request("OPTIONS /save", at=at, ms=3000) for at in (0, 1)]) == (0, 0.0)


def test_an_open_request_is_repeated_until_now() -> None:
    assert found([save(0, None), save(30, 10)]) == (1, 0.01)


def test_a_long_one_behind_a_short_one_still_counts() -> None:
    assert found([save(0, 60_000), save(1, 10), save(30, 10)]) == (2, 0.02)


def test_what_began_before_the_window_is_repeated_in_it() -> None:
    assert found([save(0, 60_000), save(30, 10)], window=(20, 40)) == (1, 0.01)


def test_what_arrives_after_the_window_is_not_in_it() -> None:
    assert found([save(0, 60_000), save(30, 10)], window=(0, 30)) == (0, 0.0)


def test_waiting_before_a_proxy_counts_as_open() -> None:
    """A blocked event loop starts requests one by one although they arrived together."""
    rows = [save(0, 1000), save(1, 1000, arrival_ns=ns(0.3)), save(2, 1000, arrival_ns=ns(0.6))]
    assert found(rows) == (2, 2.0)


def test_after_an_hour_a_request_counts_as_given_up() -> None:
    forgotten = save(0, None)
    assert found([forgotten, save(3599, 10)], window=(0, 9000), now=9000) == (1, 0.01)
    assert found([forgotten, save(3601, 10)], window=(0, 9000), now=9000) == (0, 0.0)


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 0.75, 0.999])
@pytest.mark.parametrize("length", [0.5, 1.0, 1.5, 4.0])
def test_it_does_not_matter_where_slots_are_cut(shift: float, length: float) -> None:
    first = (-EPOCH_NS % 2**32) / 1e9 + shift * SLOT_S
    rows = [save(first, length * SLOT_S * 1e3), save(first + length * SLOT_S * 0.99, 10)]
    assert found(rows) == (1, 0.01)
    assert found([rows[0], save(first + length * SLOT_S * 1.01, 10)]) == (0, 0.0)


def test_the_status_asked_for_is_that_of_the_duplicate() -> None:
    rows = [save(0, 3000, status=200), save(1, 1000, status=503), save(1.5, 1000, status=200)]
    with database(rows) as connection:
        ranking = open_traces(connection, now_ns=ns(60)).endpoints(Window(ns(0), ns(60)), status="5xx")
    assert (ranking[0].requests, ranking[0].duplicates, ranking[0].avoidable_s) == (1, 1, 1.0)
