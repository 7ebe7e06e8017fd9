"""What sets the requests in a box apart, by hand and against plain counting."""

from collections import Counter
from typing import Any

from hypothesis import given, settings

from hotspan_analysis import Window, open_traces
from hotspan_analysis.clients import client_id
from hotspan_analysis.difference import Box, Differences
from slow_answers import NOW_NS, requests_of_a_few_clients, started, took_ns
from traces import EPOCH_NS, below, database, ns, request, served, statement

Row = dict[str, Any]
WINDOW = Window(ns(0), ns(60))
SLOW_ONES = Box(Window(ns(10), ns(20)), shortest_ms=1000, longest_ms=10_000)


def told(rows: list[Row], spans: list[Row] | None = None, box: Box = SLOW_ONES, **only: Any) -> Differences:
    with database(rows, spans or []) as connection:
        return open_traces(connection, now_ns=ns(60)).difference(box, WINDOW, **only)


def values(found: Differences, of: str) -> dict[str, tuple[int, int]]:
    return {each.value: (each.inside, each.outside) for each in found if each.property == of}


def test_the_client_that_is_always_in_the_box_comes_first() -> None:
    fast = [request(at=at, ms=20, client=f"c{at % 3}") for at in range(9)]
    slow = [request(at=10 + at, ms=2000, client=1, status=503) for at in range(3)]
    found = told(fast + slow)
    assert (found.inside, found.outside) == (3, 9)
    first = found[0]
    assert (first.property, first.value, first.inside, first.outside) == ("client", client_id(1), 3, 0)
    assert (first.share_inside, first.share_outside, first.difference, first.different) == (1.0, 0.0, 1.0, 4)
    assert values(found, "status") == {"503": (3, 0), "200": (0, 9)}


def test_what_is_the_same_everywhere_is_not_told() -> None:
    assert list(told([request(at=at, ms=2000) for at in (1, 11, 12)])) == []


def test_the_edges_of_the_box() -> None:
    edges = [(10, 1000), (9.999, 1000), (20, 1000), (15, 999), (15, 10_000), (19.999, 9999)]
    found = told([request(at=at, ms=ms) for at, ms in edges])
    assert (found.inside, found.outside) == (2, 4)


def test_statements_count_once_for_each_request_that_made_them() -> None:
    slow, server = served("GET /a", 11, 2000)
    fast, other = served("GET /a", 1, 20)
    spans = [server, other, *(statement(server, "SELECT b FROM t", 11 + n, 5) for n in range(3))]
    spans += [statement(other, "SELECT c FROM t", 1, 5), below(server, "not a call", 11)]
    found = told([slow, fast], spans)
    assert values(found, "call") == {"SELECT b FROM t": (1, 0), "SELECT c FROM t": (0, 1)}


def test_open_requests_nobody_known_and_versions_have_words() -> None:
    rows = [
        request(at=12, ms=None, client=None, agent=None, service_version="2"),
        request(at=1, ms=5, status=None, aborted=True),
    ]
    found = told(rows, box=Box(Window(ns(10), ns(20)), 1000, 100_000))
    assert values(found, "status") == {"open": (1, 0), "none": (0, 1)}
    assert values(found, "client")["unknown"] == (1, 0)
    assert values(found, "user agent") == {"none": (1, 0), "test": (0, 1)}
    assert values(found, "version") == {"2": (1, 0), "none": (0, 1)}
    assert values(found, "left early") == {"yes": (0, 1), "no": (1, 0)}


def test_a_property_of_many_values_says_how_many() -> None:
    found = told([request(at=at / 10, ms=2000 if at > 150 else 10, client=at + 1) for at in range(200)])
    clients = [each for each in found if each.property == "client"]
    assert len(clients) == 20
    assert {each.different for each in clients} == {200}


def test_an_empty_box_and_a_filter() -> None:
    rows = [request("GET /a", at=11, ms=2000), request("GET /b", at=1, ms=5)]
    assert told(rows, endpoint="GET /b").inside == 0
    assert told([]).outside == 0


@settings(max_examples=30)
@given(requests_of_a_few_clients())
def test_clients_are_counted_as_a_loop_counts_them(rows: list[Row]) -> None:
    box = Box(Window(EPOCH_NS, EPOCH_NS + 5 * 10**9), 200, 2000)
    window = Window(EPOCH_NS, EPOCH_NS + 60 * 10**9)
    with database(rows) as connection:
        found = open_traces(connection, now_ns=NOW_NS).difference(box, window)
    counts: Counter[tuple[str, bool]] = Counter()
    for row in started(rows, window.from_ns, window.to_ns):
        inside = row["start_ns"] < box.window.to_ns and 200e6 <= took_ns(row, NOW_NS) < 2000e6
        counts[client_id(row["client"]), inside] += 1
    assert found.inside == sum(count for (_, inside), count in counts.items() if inside)
    for client, (inside, outside) in values(found, "client").items():
        assert (inside, outside) == (counts[client, True], counts[client, False])
