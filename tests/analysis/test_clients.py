from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings

import slow_answers
from hotspan_analysis import Window, open_traces
from hotspan_analysis.clients import Client, Clients, client_id
from hotspan_collector.errors import BadInputError
from slow_answers import NOW_NS, requests_of_a_few_clients
from traces import EPOCH_NS, database, ns, number, request, span

Row = dict[str, Any]
MINUTE = Window(ns(0), ns(60))
ANN, BOB = f"{number('ann'):016x}", f"{number('bob'):016x}"


def asked(rows: list[Row], window: Any = MINUTE, **more: Any) -> Clients:
    with database(rows, [span("tidy", ms=9000)]) as connection:
        return open_traces(connection, now_ns=more.pop("now_ns", ns(60))).clients(window, **more)


def test_two_clients_by_hand() -> None:
    ann, bob = asked(
        [
            request("PUT /save", at=1, ms=3000, client="ann"),
            request("PUT /save", at=2, ms=3000, client="ann", aborted=True),
            request("PUT /save", at=3, ms=3000, client="ann", status=500),
            request("GET /", at=5, ms=1000, client="bob", client_tier="address", agent="curl"),
        ]
    )
    assert (ann.client, ann.tier, ann.agent) == (ANN, "session", "test")
    assert (ann.requests, ann.request_share, ann.throughput_rpm) == (3, 0.75, 3.0)
    assert (ann.total_time_ns, ann.total_time_s, ann.time_share) == (9_000_000_000, 9.0, 0.9)
    assert (ann.mean_ms, ann.p95_ms, ann.max_ms) == (3000, 3000, 3000)
    assert (ann.peak_in_flight, ann.errors, ann.error_rate, ann.aborted) == pytest.approx((3, 1, 1 / 3, 1))
    assert (ann.duplicates, ann.duplicate_share, ann.avoidable_s) == pytest.approx((2, 2 / 3, 6.0))
    assert (ann.first_seen, ann.last_seen) == ("2026-09-21T14:13:21Z", "2026-09-21T14:13:23Z")
    assert (bob.client, bob.tier, bob.agent, bob.peak_in_flight, bob.duplicates) == (BOB, "address", "curl", 1, 0)


def test_jobs_are_nobodys() -> None:
    assert asked([]) == []


def test_requests_of_nobody_known_are_one_row_without_a_peak() -> None:
    (row,) = asked([request(client=None, client_tier="unknown"), request(client=None, client_tier="unknown", at=0.001)])
    assert (row.client, row.tier, row.requests, row.peak_in_flight, row.duplicates) == (
        "unknown",
        "unknown",
        2,
        None,
        0,
    )


def test_the_clients_of_one_endpoint() -> None:
    rows = [request("GET /a", client="ann"), request("GET /b", client="bob", at=1)]
    assert [row.client for row in asked(rows, endpoint="GET /b")] == [BOB]


def test_a_clients_endpoints_are_the_other_way_round() -> None:
    rows = [request("GET /a", client="ann"), request("GET /b", client="ann", at=1), request("GET /c", client="bob")]
    with database(rows) as connection:
        found = open_traces(connection, now_ns=ns(60)).endpoints(client=ANN)
    assert sorted(row.route for row in found) == ["/a", "/b"]


def test_the_peak_counts_all_that_is_open_at_once_whatever_it_asks_for() -> None:
    rows = [request(f"GET /{name}", at=0, ms=1000, target=name) for name in "abc"]
    rows += [request("GET /d", at=1, ms=1000, target="d"), request("GET /stream", at=0, ms=9000, kind="held_open")]
    assert [row.peak_in_flight for row in asked(rows)] == [3]


def test_the_peak_is_that_of_the_window() -> None:
    rows = [request("GET /a", at=at, ms=9_000, target=str(at)) for at in (0, 1, 2)] + [request("GET /a", at=20, ms=10)]
    assert [row.peak_in_flight for row in asked(rows, window=Window(ns(15), ns(30)))] == [1]
    assert [row.peak_in_flight for row in asked(rows, window=Window(ns(0), ns(1.5)))] == [2]


@pytest.mark.parametrize("at", [0.0, 1.3, 2.6, 3.9])
def test_a_peak_across_many_slots(at: float) -> None:
    rows = [request("GET /a", at=at, ms=20_000, target="a"), request("GET /b", at=at + 15, ms=20_000, target="b")]
    assert [row.peak_in_flight for row in asked(rows)] == [2]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("time", "ann"), ("throughput", "bob"), ("slowest", "ann"), ("errors", "cem"), ("duplicates", "bob")],
)
def test_sorts(sort: str, first: str) -> None:
    rows = [
        request("GET /a", at=0, ms=900, client="ann"),
        request("GET /a", at=0, ms=100, client="bob"),
        request("GET /a", at=0.01, ms=100, client="bob"),
        request("GET /a", at=0, ms=1, client="cem", status=500),
    ]
    assert asked(rows, sort=sort)[0].client == client_id(number(first))


def test_an_unknown_sort_names_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="time, throughput"):
        asked([], sort="name")


@given(requests_of_a_few_clients())
@settings(max_examples=40, deadline=None)
def test_against_a_slow_oracle(rows: list[Row]) -> None:
    window = Window(EPOCH_NS + 2 * 10**9, EPOCH_NS + 8 * 10**9)
    found = asked(rows, window=window, now_ns=NOW_NS)
    groups = slow_answers.grouped(slow_answers.started(rows, window.from_ns, window.to_ns), lambda row: row["client"])
    assert {row.client for row in found} == {client_id(client) for client in groups}
    for client, members in groups.items():
        (row,) = (each for each in found if each.client == client_id(client))
        took = [slow_answers.took_ns(each, NOW_NS) for each in members]
        assert (row.requests, row.total_time_ns) == (len(members), sum(took))
        assert row.p95_ms * 1e6 == pytest.approx(slow_answers.quantile(took, 0.95))
        assert row.errors == sum(each["error"] for each in members)
        if client is not None:
            assert row.peak_in_flight == max(slow_answers.peak(in_flight(rows, client, window)), 1)
    again = slow_answers.duplicates(rows, window.from_ns, window.to_ns, NOW_NS)
    assert sum(row.duplicates for row in found) == len(again)
    if found:
        assert sum(row.request_share for row in found) == pytest.approx(1.0)


def in_flight(rows: list[Row], client: int, window: Window) -> list[tuple[int, int]]:
    """What one client has open, from arrival to end, inside the window."""
    mine = [row for row in rows if row["client"] == client and row["kind"] == "web" and row["method"] != "OPTIONS"]
    stretches = [
        (max(row["arrival_ns"], window.from_ns), min(slow_answers.open_until_ns(row, NOW_NS), window.to_ns))
        for row in mine
        if not row["speculative"]
        and slow_answers.end_ns(row, NOW_NS) >= window.from_ns
        and row["start_ns"] < window.to_ns
    ]
    return [(start, end) for start, end in stretches if end > start]


def test_every_column_explains_itself() -> None:
    found = asked([request()])
    assert [each.name for each in found.columns] == list(asdict(found[0]))
    assert found.row_type is Client
