from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings

import slow_answers
from hotspan_analysis import Window, open_traces
from hotspan_analysis.compare import Change, Comparison
from hotspan_collector.errors import BadInputError
from slow_answers import NOW_NS, requests_of_a_few_clients
from traces import EPOCH_NS, database, ns, request, span

Row = dict[str, Any]
BEFORE, AFTER = Window(ns(0), ns(60)), Window(ns(60), ns(120))


def compared(
    rows: list[Row], spans: list[Row] | None = None, before: Any = BEFORE, after: Any = AFTER, **more: Any
) -> Comparison:
    with database(rows, spans or []) as connection:
        return open_traces(connection, now_ns=more.pop("now_ns", ns(120))).compare(before, after, **more)


def many(endpoint: str, count: int, since: float, ms: float, **more: Any) -> list[Row]:
    """Requests spread evenly over a minute, with durations around `ms`."""
    return [
        request(endpoint, at=since + 60 * n / count, ms=ms * (0.5 + n * 7 % count / count), client=f"c{n}", **more)
        for n in range(count)
    ]


def verdicts(found: Comparison) -> dict[str, str]:
    return {row.endpoint: row.verdict for row in found}


def test_one_endpoint_by_hand() -> None:
    (row,) = compared(
        [request("GET /a", at=at, ms=100) for at in (1, 2)]
        + [request("GET /a", at=at, ms=300, status=500 if at == 61 else 200) for at in (61, 62, 63)]
    )
    assert (row.requests_before, row.requests_after) == (2, 3)
    assert (row.total_time_before_ns, row.total_time_after_ns) == (200_000_000, 900_000_000)
    assert (row.throughput_before_rpm, row.throughput_after_rpm, row.throughput_ratio) == (2, 3, 1.5)
    assert (row.share_before, row.share_after, row.share_change) == (1, 1, 0)
    assert (row.p95_before_ms, row.p95_after_ms, row.p95_ratio) == (100, 300, 3)
    assert (row.errors_before, row.errors_after) == (0, 1)
    assert (row.error_rate_before, row.error_rate_after) == pytest.approx((0, 1 / 3))
    assert row.cost_erlangs == pytest.approx(3 * 0.2 / 60)
    assert (row.p95_low, row.p95_high) == (None, None)
    assert row.verdict == "unclear"


def test_the_same_thing_twice_is_no_change() -> None:
    found = compared(many("GET /a", 500, 0, 100) + many("GET /a", 500, 60, 100))
    assert verdicts(found) == {"GET /a": "unclear"}
    assert found[0].p95_ratio == pytest.approx(1)


def test_what_got_slower_and_what_got_faster() -> None:
    found = compared(
        many("GET /slower", 300, 0, 100)
        + many("GET /slower", 300, 60, 300)
        + many("GET /faster", 300, 0, 300)
        + many("GET /faster", 300, 60, 100)
        + many("GET /same", 300, 0, 100)
        + many("GET /same", 300, 60, 101)
    )
    assert verdicts(found) == {"GET /slower": "regressed", "GET /same": "unclear", "GET /faster": "improved"}
    assert [row.endpoint for row in found] == ["GET /slower", "GET /same", "GET /faster"]
    assert [row.endpoint for row in found.of_verdict("regressed")] == ["GET /slower"]


def test_with_few_requests_nothing_is_sure() -> None:
    found = compared(many("GET /a", 5, 0, 100) + many("GET /a", 5, 60, 900))
    assert verdicts(found) == {"GET /a": "unclear"}


def test_a_median_needs_far_fewer_requests_than_a_p95() -> None:
    found = compared(many("GET /a", 20, 0, 100) + many("GET /a", 20, 60, 900))
    assert verdicts(found) == {"GET /a": "regressed"}
    (row,) = found
    assert (row.p95_low, row.p95_high) == (None, None)
    assert row.p50_low is not None
    assert row.p50_ratio is not None
    assert 1 < row.p50_low < row.p50_ratio


def test_more_or_fewer_requests_alone_are_busier_or_quieter() -> None:
    found = compared(
        many("GET /up", 100, 0, 100)
        + many("GET /up", 300, 60, 100)
        + many("GET /down", 300, 0, 100)
        + many("GET /down", 100, 60, 100)
    )
    assert verdicts(found) == {"GET /up": "busier", "GET /down": "quieter"}


def test_errors_alone_are_a_regression() -> None:
    found = compared(many("GET /a", 100, 0, 50) + many("GET /a", 80, 60, 50) + many("GET /a", 20, 60, 50, status=500))
    assert verdicts(found) == {"GET /a": "regressed"}
    assert found[0].error_rate_low is not None
    assert 0 < found[0].error_rate_low < 0.2


def test_new_and_gone_need_more_than_a_few_requests() -> None:
    found = compared(
        many("GET /new", 50, 60, 10) + many("GET /gone", 50, 0, 10) + many("GET /one", 1, 60, 10),
        [span("tidy", at=at) for at in range(60, 100)],
    )
    assert verdicts(found) == {"GET /new": "new", "GET /gone": "gone", "GET /one": "unclear", "tidy": "new"}
    gone = next(row for row in found if row.verdict == "gone")
    assert (gone.p95_after_ms, gone.error_rate_after, gone.cost_erlangs) == (None, None, None)


def test_without_a_window_before_it_is_the_one_just_before() -> None:
    found = compared([request(at=30), request(at=90)], before=None)
    assert (found.before, found.after) == (BEFORE, AFTER)


def test_two_sources() -> None:
    with database([request("GET /a", ms=100)]) as old, database([request("GET /a", at=500, ms=300)]) as new:
        found = open_traces(new, now_ns=ns(600)).compare(baseline=open_traces(old, now_ns=ns(9)))
    assert [(row.p95_before_ms, row.p95_after_ms) for row in found] == [(100, 300)]
    assert (found.before, found.after) == (Window(ns(0), ns(1)), Window(ns(500), ns(501)))


def test_two_versions_each_while_it_ran() -> None:
    rows = [request("GET /a", at=at, ms=100, service_version="1") for at in range(10)]
    rows += [request("GET /a", at=at, ms=300, service_version="2") for at in range(8, 20)]
    found = compared(rows, before=None, after=None, versions=("1", "2"))
    assert [(row.requests_before, row.requests_after) for row in found] == [(10, 12)]
    assert (found.before, found.after) == (Window(ns(0), ns(10)), Window(ns(8), ns(20)))


def test_one_side_alone_is_refused() -> None:
    with pytest.raises(BadInputError, match="only one side"):
        compared([], before=None, after=None)


def test_filters_hold_for_both_sides() -> None:
    rows = [request(f"GET /{name}", at=at) for name in "ab" for at in (0, 60)]
    assert list(verdicts(compared(rows, route="/b"))) == ["GET /b"]


def test_two_empty_windows_have_nothing_to_compare() -> None:
    assert compared([]) == []


@given(requests_of_a_few_clients(), requests_of_a_few_clients())
@settings(max_examples=25, deadline=None)
def test_each_side_is_what_the_ranking_says_to_the_nanosecond(old: list[Row], new: list[Row]) -> None:
    rows = old + [
        row | {"start_ns": row["start_ns"] + 12 * 10**9, "arrival_ns": row["start_ns"] + 12 * 10**9} for row in new
    ]
    windows = Window(EPOCH_NS, EPOCH_NS + 12 * 10**9), Window(EPOCH_NS + 12 * 10**9, EPOCH_NS + 24 * 10**9)
    found = compared(rows, before=windows[0], after=windows[1], now_ns=2 * NOW_NS - EPOCH_NS)
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=2 * NOW_NS - EPOCH_NS)
        before, after = ({_key(row): row for row in traces.endpoints(window)} for window in windows)
    assert {_key(row) for row in found} == before.keys() | after.keys()
    for row in found:
        for ranked, requests, time_ns, share in (
            (before.get(_key(row)), row.requests_before, row.total_time_before_ns, row.share_before),
            (after.get(_key(row)), row.requests_after, row.total_time_after_ns, row.share_after),
        ):
            assert (requests, time_ns) == ((ranked.requests, ranked.total_time_ns) if ranked else (0, 0))
            assert share == pytest.approx(ranked.time_share if ranked else 0)


def _key(row: Any) -> tuple[str, str, str, str]:
    return row.service, row.kind, row.method, row.route


@given(requests_of_a_few_clients())
@settings(max_examples=15, deadline=None)
def test_shares_of_each_side_add_up(rows: list[Row]) -> None:
    found = compared(rows, before=Window(ns(0), ns(5)), after=Window(ns(5), ns(10)), now_ns=NOW_NS)
    for kind, members in slow_answers.grouped([asdict(row) for row in found], lambda row: row["kind"]).items():
        for side in ("before", "after"):
            total = sum(row[f"share_{side}"] for row in members)
            assert total == pytest.approx(1) or total == 0, (kind, side)


def test_every_column_explains_itself() -> None:
    found = compared([request()])
    assert [each.name for each in found.columns] == list(asdict(found[0]))
    assert found.row_type is Change
