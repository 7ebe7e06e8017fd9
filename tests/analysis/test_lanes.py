"""Lanes by hand, and against the slow oracle: who was open when, which repeats what, and on which row it is drawn."""

from typing import Any

from hypothesis import given, settings

from hotspan_analysis import Window, open_traces
from hotspan_analysis.lanes import Lanes
from slow_answers import NOW_NS, duplicates, end_ns, peak, requests_of_a_few_clients, took_ns
from traces import EPOCH_NS, database, ns, request, span

Row = dict[str, Any]
WINDOW = Window(ns(0), ns(60))


def drawn(rows: list[Row], window: Window = WINDOW, spans: list[Row] | None = None, **only: Any) -> Lanes:
    with database(rows, spans or []) as connection:
        return open_traces(connection, now_ns=ns(60)).lanes(window, **only)


def save(at: float, ms: float | None = 3000, **more: Any) -> Row:
    return request("PUT /save", at=at, ms=ms, **more)


def test_each_attempt_takes_the_lowest_free_slot_of_its_client() -> None:
    found = drawn(
        [save(0, 5000), save(1, 1000), save(2, 500), save(2.2, 100), save(5, 100), save(1, 100, client="bob")]
    )
    assert [(each.slot, each.duplicate) for each in found if each.client == found[0].client] == [
        (0, False), (1, True), (1, True), (2, True), (0, False),
    ]  # fmt: skip
    assert [each.slot for each in found if each.client != found[0].client] == [0]


def test_a_row_says_what_happened() -> None:
    (one,) = drawn([save(1, 250, client=255, status=503, aborted=True, trace_id="a" * 32)])
    assert (one.endpoint, one.client, one.client_tier, one.kind) == ("PUT /save", "00000000000000ff", "session", "web")
    assert (one.arrival_ns, one.start_ns, one.end_ns) == (ns(1), ns(1), ns(1.25))
    assert (one.status, one.error, one.aborted, one.still_open, one.trace_id) == (503, True, True, False, "a" * 32)


def test_one_whose_process_died_says_so() -> None:
    assert [each.unfinished for each in drawn([save(1), save(2, unfinished=True)])] == [False, True]


def test_what_is_still_open_lasts_until_now_and_nobody_known_has_a_name() -> None:
    (one,) = drawn([save(50, None, client=None)])
    assert (one.end_ns, one.still_open, one.status, one.client) == (ns(60), True, None, "unknown")


def test_a_queue_belongs_to_the_bar() -> None:
    found = drawn([save(0, 1000), save(2, 1000) | {"arrival_ns": ns(0.5)}])
    assert [(each.slot, each.duplicate, each.arrival_ns) for each in found] == [(0, False, ns(0)), (1, True, ns(0.5))]


def test_what_began_before_the_window_is_there_and_is_judged_by_what_was_open_then() -> None:
    found = drawn([save(-20, 15_000), save(-10, 15_000), save(-9, 2000)])
    assert [(each.start_ns, each.duplicate) for each in found] == [(ns(-10), True)]


def test_jobs_have_bars_and_repeat_nothing() -> None:
    found = drawn([save(0)], spans=[span("nightly", 0, 700), span("nightly", 0.1, 700)])
    assert [(each.endpoint, each.kind, each.duplicate) for each in found] == [
        ("PUT /save", "web", False), ("nightly", "job", False), ("nightly", "job", False),
    ]  # fmt: skip


def test_filters_and_an_empty_window() -> None:
    rows = [save(0, client=1), save(1, client=2), request("GET /", at=1, ms=5)]
    assert len(drawn(rows, endpoint="PUT /save", client="0000000000000002")) == 1
    assert len(drawn(rows, status="5xx")) == 0
    assert list(drawn([])) == []


@settings(max_examples=40)
@given(requests_of_a_few_clients())
def test_against_the_slow_answer(rows: list[Row]) -> None:
    window = Window(EPOCH_NS + 2 * 10**9, EPOCH_NS + 6 * 10**9)
    with database(rows) as connection:
        found = open_traces(connection, now_ns=NOW_NS).lanes(window)
    open_ones = [
        row
        for row in rows
        if row["start_ns"] < window.to_ns and end_ns(row, NOW_NS) > window.from_ns and took_ns(row, NOW_NS)
    ]
    assert sorted((row["arrival_ns"], end_ns(row, NOW_NS)) for row in open_ones) == sorted(
        (each.arrival_ns, each.end_ns) for each in found
    )
    repeated = {(row["worker"], row["seq"]) for row in duplicates(rows, 0, 2**62, NOW_NS)}
    assert sum(each.duplicate for each in found) == sum((row["worker"], row["seq"]) in repeated for row in open_ones)
    for client in {each.client for each in found}:
        bars = [(each.arrival_ns, each.end_ns) for each in found if each.client == client]
        assert max(each.slot for each in found if each.client == client) + 1 == peak(bars)
