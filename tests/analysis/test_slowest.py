"""The slowest requests, with their traces or without."""

import random

from hotspan_analysis import Window, open_traces
from hotspan_analysis.difference import Box
from hotspan_analysis.window import iso
from traces import database, ns, request, served, span, statement


def test_the_slowest_come_first_whether_they_have_a_trace_or_not() -> None:
    row, server = served("GET /a", 1, 300)
    rows = [
        request("GET /a", 0, 100, client=255, client_tier="session"),
        row,
        request("GET /a", 2, 200, trace_id="a" * 32, span_id="b" * 16, status=503),
        request("GET /b", 3, 900),
    ]
    with database(rows, [server, statement(server)]) as connection:
        found = open_traces(connection, now_ns=ns(100)).slowest("GET /a")
    assert [(each.duration_ms, each.trace_id, each.spans) for each in found] == [
        (300, row["trace_id"], 2), (200, "a" * 32, 0), (100, None, 0),
    ]  # fmt: skip
    assert (found[1].status, found[1].error) == (503, True)
    assert (found[2].client, found[2].client_tier, found[2].start) == ("00000000000000ff", "session", iso(ns(0)))


def test_open_requests_last_until_now_and_have_no_status() -> None:
    rows = [request(at=0, ms=50_000), request(at=10, ms=None), request(at=20, ms=5, aborted=True, status=None)]
    with database(rows) as connection:
        found = open_traces(connection, now_ns=ns(100)).slowest()
    assert [(each.duration_ms, each.still_open, each.status, each.aborted) for each in found] == [
        (90_000, True, None, False), (50_000, False, 200, False), (5, False, None, True),
    ]  # fmt: skip


def test_jobs_are_there_under_their_own_name() -> None:
    with database([request("GET /", 0, 10)], [span("nightly", 0, 700)]) as connection:
        traces = open_traces(connection, now_ns=ns(100))
        assert [(each.kind, each.endpoint, each.spans) for each in traces.slowest()] == [
            ("job", "nightly", 1), ("web", "GET /", 0),
        ]  # fmt: skip
        assert [each.duration_ms for each in traces.slowest("nightly")] == [700]


def test_the_limit_the_window_and_filters_hold() -> None:
    rows = [request("GET /", at, 10 + at, client="ann" if at % 2 else "bob") for at in range(10)]
    random.Random(1).shuffle(rows)
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=ns(100))
        assert [each.duration_ms for each in traces.slowest(limit=3)] == [19, 18, 17]
        assert [each.duration_ms for each in traces.slowest("GET /", f"{iso(ns(2))}/{iso(ns(5))}")] == [14, 13, 12]
        assert len(traces.slowest(client=traces.slowest()[0].client)) == 5
        assert list(traces.slowest("GET /nothing")) == []


def test_equal_durations_come_in_order_of_time() -> None:
    rows = [request("GET /", at, 10) for at in (3, 1, 2)]
    with database(rows) as connection:
        found = open_traces(connection, now_ns=ns(100)).slowest()
    assert [each.start_ns for each in found] == [ns(1), ns(2), ns(3)]


def test_an_empty_store_has_no_slow_requests() -> None:
    with database() as connection:
        found = open_traces(connection).slowest("GET /")
    assert list(found) == []
    assert [each.name for each in found.columns][:3] == ["service", "kind", "endpoint"]


def test_only_those_in_a_box_of_the_heatmap() -> None:
    with database([request("GET /", at, 100 * at) for at in range(1, 10)]) as connection:
        traces = open_traces(connection, now_ns=ns(100))
        box = Box(Window(ns(2), ns(8)), shortest_ms=300, longest_ms=600)
        assert [each.duration_ms for each in traces.slowest(box=box)] == [500, 400, 300]
        assert [each.duration_ms for each in traces.slowest("GET /", limit=1, box=box)] == [500]
