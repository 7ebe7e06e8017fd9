"""Lanes: one bar an attempt, those of a client together, and no bar upon another."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis import Window, open_traces
from hotspan_analysis.lanes import Lanes
from hotspan_dashboard.charts.lanes import MOST_BARS, client_rows, kind_of, lanes
from traces import database, ns, request

WINDOW = Window(ns(0), ns(60))


def asked(rows: list[dict[str, Any]]) -> Lanes:
    with database(rows) as connection:
        return open_traces(connection, now_ns=ns(60)).lanes(WINDOW)


def storm() -> list[dict[str, Any]]:
    endings: list[dict[str, Any]] = [{}, {}, {"status": 503}, {"aborted": True}]
    return [
        request("PUT /save", at=at, ms=5000 - 100 * at, client="ann", target="one", **ending)
        for at, ending in enumerate(endings)
    ]


def test_each_attempt_has_a_sub_lane_and_its_kind_a_trace() -> None:
    chart = lanes(asked([*storm(), request("PUT /save", at=50, ms=None, client="bob")]))
    found = {trace.name: (list(trace.y), list(trace.x)) for trace in chart.figure.data}
    assert found == {
        "answered": ([0], [5000]),
        "answered, duplicate": ([1], [4900]),
        "failed, duplicate": ([2], [4800]),
        "left, duplicate": ([3], [4700]),
        "open": ([4], [10_000]),
    }
    assert len(chart.figure.layout.yaxis.ticktext) == 2


def test_duplicates_are_hatched_and_the_rest_is_not() -> None:
    for trace in lanes(asked(storm())).figure.data:
        assert (trace.marker.pattern.shape == "/") == trace.name.endswith("duplicate")
        assert trace.width == 0.72


def test_it_says_in_words_what_it_shows() -> None:
    assert lanes(asked(storm())).alt == (
        "Lanes of 4 requests of 1 client, 2026-09-21 14:13:20 to 14:14:20 UTC (60.0 s): 3 duplicates, 2 answered, "
        "1 failed, 1 left; up to 4 of one client open at once."
    )


def test_hostile_names_stay_text() -> None:
    (trace,) = lanes(asked([request("GET /<b>$x$</b>", at=1)])).figure.data
    assert "GET /&lt;b&gt;&#36;x&#36;&lt;/b&gt;" in trace.customdata[0]


def test_beyond_a_thousand_bars_the_rest_is_left_out_and_that_is_said() -> None:
    chart = lanes(asked([request(at=number / 100, ms=5, client=number) for number in range(1200)]))
    assert sum(len(trace.x) for trace in chart.figure.data) == MOST_BARS
    assert chart.alt.endswith("The last 200 are not shown.")
    assert chart.figure.layout.height <= 900


def test_none() -> None:
    assert lanes(asked([])).alt.startswith("No request was open")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9000), st.sampled_from("abc")), min_size=1, max_size=40))
def test_no_bar_lies_upon_another(drawn: list[tuple[int, int, str]]) -> None:
    attempts = asked([request(at=at, ms=ms, client=client) for at, ms, client in drawn])
    rows, first_rows = client_rows(attempts)
    by_row: dict[int, list[tuple[int, int, str]]] = {}
    for row, each in zip(rows, attempts, strict=True):
        by_row.setdefault(row, []).append((each.arrival_ns, each.end_ns, each.client))
    for on_row in by_row.values():
        assert len({client for _, _, client in on_row}) == 1
        assert all(before[1] <= after[0] for before, after in pairwise(on_row))
    assert sorted(first_rows.values()) == list(first_rows.values())
    assert {kind_of(each)[0] for each in attempts} == {"answered"}
