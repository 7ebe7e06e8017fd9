import random
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings

import slow_answers
from hotspan_analysis import Window, open_traces
from hotspan_analysis.apdex import Apdex
from hotspan_analysis.endpoints import SORTS, Ranking
from hotspan_collector.errors import BadInputError
from slow_answers import NOW_NS, requests_of_a_few_clients
from traces import EPOCH_NS, database, ns, number, request, span

Row = dict[str, Any]
MINUTE = Window(ns(0), ns(60))


def ranked(requests: list[Row], spans: list[Row] | None = None, window: Any = MINUTE, **more: Any) -> Ranking:
    with database(requests, spans or []) as connection:
        return open_traces(connection, now_ns=more.pop("now_ns", ns(60))).endpoints(window, **more)


def test_one_endpoint_by_hand() -> None:
    (row,) = ranked(
        [
            request("GET /a", at=0, ms=100),
            request("GET /a", at=1, ms=300, status=503),
            request("GET /a", at=2, ms=800, aborted=True, arrival_ns=ns(1.5)),
            request("GET /a", at=3, ms=2000),
        ]
    )
    assert (row.service, row.kind, row.endpoint, row.method, row.route) == ("app", "web", "GET /a", "GET", "/a")
    assert (row.requests, row.throughput_rpm) == (4, 4.0)
    assert (row.total_time_ns, row.total_time_s, row.time_share) == (3_200_000_000, 3.2, 1.0)
    assert row.load_erlangs == pytest.approx(3.2 / 60)
    assert (row.mean_ms, row.p50_ms, row.max_ms) == (800, 550, 2000)
    assert (row.p95_ms, row.p99_ms) == pytest.approx((1820, 1964))
    assert (row.errors, row.error_rate, row.aborted) == (1, 0.25, 1)
    assert (row.queue_time_s, row.mean_queue_ms) == (0.5, 125)
    assert row.apdex == (1 + 2 / 2) / 4  # 100 ms satisfies, 800 ms and 2 s are tolerated, the error is not
    assert (row.apdex_threshold_s, row.few_samples) == (0.5, True)
    assert (row.still_open, row.unfinished, row.duplicates, row.avoidable_s) == (0, 0, 0, 0)


def test_apdex_at_its_edges() -> None:
    rows = ranked([request("GET /a", at=at, ms=ms) for at, ms in enumerate([500, 500.000001, 2000, 2000.000001])])
    assert rows[0].apdex == (1 + 2 / 2) / 4


def test_an_endpoint_may_have_an_apdex_threshold_of_its_own() -> None:
    slow, fast = request("PUT /save", at=0, ms=1500), request("GET /a", at=10, ms=300)
    apdex = Apdex(of_endpoint={"PUT /save": 2.0, "GET /nowhere": 1.0})
    found = {row.endpoint: (row.apdex, row.apdex_threshold_s) for row in ranked([slow, fast], apdex=apdex)}
    assert found == {"PUT /save": (1.0, 2.0), "GET /a": (1.0, 0.5)}


def test_few_samples_are_those_under_a_hundred() -> None:
    rows = ranked(
        [request("GET /a", at=i / 10) for i in range(100)] + [request("GET /b", at=i / 10) for i in range(99)]
    )
    assert {row.endpoint: row.few_samples for row in rows} == {"GET /a": False, "GET /b": True}


def test_kinds_stand_apart_and_each_has_its_own_shares() -> None:
    rows = ranked(
        [request("GET /a", ms=300), request("GET /b", ms=100), request("GET /events", ms=50_000, kind="held_open")],
        [span("nightly", ms=9000), span("hourly", ms=1000, status="ERROR")],
    )
    found = {(row.kind, row.endpoint): row.time_share for row in rows}
    assert found == {
        ("held_open", "GET /events"): 1.0,
        ("job", "nightly"): 0.9,
        ("job", "hourly"): 0.1,
        ("web", "GET /a"): 0.75,
        ("web", "GET /b"): 0.25,
    }
    jobs = {row.endpoint: (row.errors, row.apdex, row.method, row.route) for row in rows if row.kind == "job"}
    assert jobs == {"nightly": (0, None, "", "nightly"), "hourly": (1, None, "", "hourly")}


@pytest.mark.parametrize(
    "more",
    [{"is_request": True}, {"kind": "CLIENT"}, {"kind": "PRODUCER"}, {"kind": "SERVER"}, {"parent_span_id": "a"}],
)
def test_what_is_no_job(more: Row) -> None:
    assert ranked([], [span("x", **more)]) == []


@pytest.mark.parametrize("kind", ["INTERNAL", "CONSUMER", "UNSPECIFIED"])
def test_what_is_a_job(kind: str) -> None:
    assert [row.kind for row in ranked([], [span("x", kind=kind)])] == ["job"]


def test_the_same_endpoint_of_two_services_is_two() -> None:
    rows = ranked([request("GET /a", service="shop"), request("GET /a", service="app")])
    assert sorted(row.service for row in rows) == ["app", "shop"]


SORTED = [
    request("GET /busy", at=0, ms=10, client="a"),
    request("GET /busy", at=1, ms=10, client="b"),
    request("GET /busy", at=2, ms=10, client="c"),
    request("GET /slow", at=3, ms=900),
    request("GET /heavy", at=5, ms=500),
    request("GET /heavy", at=6, ms=600),
    request("GET /broken", at=7, ms=1, status=500),
    request("GET /again", at=8, ms=20),
    request("GET /again", at=8.001, ms=20),
]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("time", "heavy"), ("throughput", "busy"), ("slowest", "slow"), ("errors", "broken"), ("duplicates", "again")],
)
def test_sorts(sort: str, first: str) -> None:
    ranking = ranked(SORTED, sort=sort)
    assert ranking[0].route == f"/{first}"
    assert ranking.sorted_by == sort


def test_equal_rows_have_a_fixed_order() -> None:
    rows = [request(f"GET /{name}", ms=5) for name in "cab"]
    assert [row.route for row in ranked(rows)] == ["/a", "/b", "/c"]


def test_an_unknown_sort_names_the_known_ones() -> None:
    with pytest.raises(BadInputError, match=", ".join(SORTS)):
        ranked([], sort="alphabet")


def test_window_edges_are_half_open() -> None:
    edge = [
        request(f"GET /{name}", at=at)
        for name, at in (("before", -1e-9), ("first", 0), ("last", 59.999999), ("after", 60))
    ]
    assert sorted(row.route for row in ranked(edge)) == ["/first", "/last"]


def test_an_empty_window_ranks_nothing_and_adds_up_to_nothing() -> None:
    ranking = ranked([request(at=100)])
    assert ranking == []
    assert (ranking.totals.everything.requests, ranking.totals.everything.error_rate) == (0, 0.0)


def test_no_data_at_all_is_an_empty_window_too() -> None:
    assert ranked([], window=None) == []


def test_one_request_is_its_own_percentiles() -> None:
    (row,) = ranked([request(ms=7)])
    assert row.p50_ms == row.p95_ms == row.p99_ms == row.max_ms == row.mean_ms == 7


def test_an_open_request_counts_up_to_now() -> None:
    (row,) = ranked([request(at=10, ms=None)], now_ns=ns(15))
    assert (row.requests, row.still_open, row.total_time_s) == (1, 1, 5.0)


def test_a_request_whose_process_died_says_so() -> None:
    (row,) = ranked([request(at=10, ms=4000, unfinished=True)])
    assert (row.unfinished, row.total_time_s) == (1, 4.0)


def test_a_clock_that_ran_backwards_costs_nothing() -> None:
    (row,) = ranked([request(at=10, ms=-50, arrival_ns=ns(11))])
    assert (row.requests, row.total_time_ns, row.queue_time_s) == (1, 0, 0)


def test_without_any_time_shares_are_zero() -> None:
    assert [row.time_share for row in ranked([request(ms=0), request("GET /b", ms=0)])] == [0.0, 0.0]


FILTERED = [
    request("GET /api/a", service="shop", status=200, client="ann"),
    request("PUT /api/b", service="app", status=404, client="bob"),
    request("GET /c", service="app", status=500, client=None, service_version="2"),
]


@pytest.mark.parametrize(
    ("filters", "routes"),
    [
        ({"service": "shop"}, ["/api/a"]),
        ({"version": "2"}, ["/c"]),
        ({"method": "put"}, ["/api/b"]),
        ({"route": "/c"}, ["/c"]),
        ({"route": "/api/*"}, ["/api/a", "/api/b"]),
        ({"route": "*"}, ["/api/a", "/api/b", "/c", "tidy"]),
        ({"status": "4xx"}, ["/api/b"]),
        ({"status": "500"}, ["/c"]),
        ({"client": f"{number('ann'):016x}"}, ["/api/a"]),
        ({"client": f"{number('bob'):016x}"[:3]}, ["/api/b"]),
        ({"client": "unknown"}, ["/c"]),
        ({"endpoint": "GET /c"}, ["/c"]),
        ({"endpoint": "tidy"}, ["tidy"]),
        ({"kind": "job"}, ["tidy"]),
        ({"kind": "web", "service": "app"}, ["/api/b", "/c"]),
        ({"service": "none"}, []),
    ],
)
def test_filters(filters: dict[str, str], routes: list[str]) -> None:
    assert sorted(row.route for row in ranked(FILTERED, [span("tidy", service="cron")], **filters)) == routes


def test_a_job_may_be_named_like_a_request() -> None:
    found = ranked([request("SYNC users")], [span("SYNC users")], endpoint="SYNC users")
    assert sorted(row.kind for row in found) == ["job", "web"]


def test_compared_with_the_window_just_before() -> None:
    rows = [request("GET /a", at=at, ms=100) for at in (0, 1, 2)] + [request("GET /a", at=70, ms=600)]
    (row,) = ranked(rows, window=Window(ns(60), ns(120)))
    assert (row.previous_requests, row.previous_total_time_s) == pytest.approx((3, 0.3))
    assert row.time_change == pytest.approx(1.0)


def test_an_endpoint_that_is_new_has_nothing_to_compare_with() -> None:
    found = ranked([request("GET /a", at=0), request("GET /new", at=70)], window=Window(ns(60), ns(120)))
    assert [(row.previous_requests, row.time_change) for row in found] == [(0, None)]


def test_nothing_is_compared_where_the_data_do_not_reach_back() -> None:
    (row,) = ranked([request("GET /a", at=30), request("GET /a", at=70)], window=Window(ns(60), ns(120)))
    assert (row.previous_requests, row.previous_total_time_s, row.time_change) == (None, None, None)


def test_the_whole_data_are_the_window_unless_said_otherwise() -> None:
    rows = [request("GET /a", at=at, ms=10) for at in (0.5, 8.9)]
    assert ranked(rows, window=None).window == Window(ns(0), ns(9))
    assert ranked(rows, window="2s").window == Window(ns(7), ns(9))


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [request(f"GET /{i % 3}", at=i / 7, ms=i * 13 % 900, client=f"c{i % 4}") for i in range(60)]
    shuffled = random.Random(5).sample(rows, len(rows))
    assert ranked(rows) == ranked(shuffled)


@given(requests_of_a_few_clients())
@settings(max_examples=60, deadline=None)
def test_against_a_slow_oracle(rows: list[Row]) -> None:
    window = Window(EPOCH_NS + 2 * 10**9, EPOCH_NS + 8 * 10**9)
    ranking = ranked(rows, window=window, now_ns=NOW_NS)
    inside = slow_answers.started(rows, window.from_ns, window.to_ns)
    groups = slow_answers.grouped(inside, slow_answers.endpoint_of)
    assert {(row.service, row.kind, row.method, row.route) for row in ranking} == set(groups)
    repeats = slow_answers.grouped(
        slow_answers.duplicates(rows, window.from_ns, window.to_ns, NOW_NS), slow_answers.endpoint_of
    )
    for row in ranking:
        key = (row.service, row.kind, row.method, row.route)
        members, again = groups[key], repeats.get(key, [])
        took = [slow_answers.took_ns(each, NOW_NS) for each in members]
        assert row.requests == len(members)
        assert row.total_time_ns == sum(took)
        assert row.max_ms * 1e6 == pytest.approx(max(took))
        for fraction, found in ((0.5, row.p50_ms), (0.95, row.p95_ms), (0.99, row.p99_ms)):
            assert found * 1e6 == pytest.approx(slow_answers.quantile(took, fraction))
        assert row.errors == sum(each["error"] for each in members)
        assert row.aborted == sum(each["aborted"] for each in members)
        assert row.still_open == sum(each["end_ns"] is None for each in members)
        assert row.duplicates == len(again)
        assert row.avoidable_ns == sum(slow_answers.took_ns(each, NOW_NS) for each in again)
    for kind in {row.kind for row in ranking}:
        shares = [row.time_share for row in ranking if row.kind == kind]
        assert sum(shares) == pytest.approx(1.0) or set(shares) == {0.0}


@given(requests_of_a_few_clients())
@settings(max_examples=20, deadline=None)
def test_two_halves_add_up_to_the_whole(rows: list[Row]) -> None:
    rows = [row for row in rows if row["end_ns"] is None or row["end_ns"] >= row["start_ns"]]
    halves = [Window(ns(0), ns(5)), Window(ns(5), ns(10))]
    whole = ranked(rows, window=Window(ns(0), ns(10)), now_ns=NOW_NS).totals.everything
    parts = [ranked(rows, window=half, now_ns=NOW_NS).totals.everything for half in halves]
    for name in ("requests", "total_time_ns", "errors", "aborted", "still_open", "duplicates"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts), name


def test_a_hundred_thousand_routes_are_all_there() -> None:
    with database([request("GET /r0", ms=10, seq=0)]) as connection:
        connection.execute(
            "insert into requests by name select * exclude (duration_ns, n) replace ('/r' || n as route, n as seq) "
            "from requests, range(1, 100000) as numbers(n)"
        )
        ranking = open_traces(connection, now_ns=ns(60)).endpoints(MINUTE)
    assert len(ranking) == len({row.route for row in ranking}) == 100_000
    assert ranking.totals.everything.requests == 100_000
    assert sum(row.time_share for row in ranking) == pytest.approx(1.0)


def test_every_column_explains_itself() -> None:
    ranking = ranked([request()])
    assert [each.name for each in ranking.columns] == list(asdict(ranking[0]))
    assert all(each.title and each.formula for each in ranking.columns)
