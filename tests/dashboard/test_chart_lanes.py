"""Lanes: one bar an attempt, those of a client together, and no bar upon another."""

from datetime import timedelta, timezone
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis import Window, open_traces
from hotspan_analysis.lanes import Lanes
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.lanes import MOST_BARS, client_rows, kind_of, lanes
from traces import database, ns, request, span

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
        "client left, duplicate": ([3], [4700]),
        "open": ([4], [10_000]),
    }
    assert len(chart.figure.layout.yaxis.ticktext) == 2


def test_what_was_never_answered_is_not_drawn_as_answered() -> None:
    rows = [
        request("PUT /save", at=1, client="ann", unfinished=True, status=200),
        request("PUT /save", at=2, client="ann", status=None),
        request("PUT /save", at=3, client="ann", status=None, error=True),
        request("PUT /save", at=4, client="ann", status=None, aborted=True),
        request("PUT /save", at=5, client="ann"),
    ]
    with database(rows, [span("nightly", 6, 700), span("nightly", 7, 700, status="ERROR")]) as connection:
        found = open_traces(connection, now_ns=ns(60)).lanes(WINDOW)
    kinds = ["process died", "no status", "failed", "client left", "answered", "job ran", "failed"]
    assert [kind_of(each)[0] for each in found] == kinds
    assert {trace.name: trace.marker.color for trace in lanes(found).figure.data} == {
        kind: palette.OUTCOMES[kind] for kind in kinds
    }
    assert "1 process died, 1 no status, 1 job ran" in lanes(found).alt


def test_a_bar_says_what_sets_it_apart_and_the_rest_is_said_once() -> None:
    alone = {trace.name: trace for trace in lanes(asked(storm()), timezone(timedelta(hours=2), "CEST")).figure.data}
    found = alone["answered"]
    assert found.customdata[0] == "status 200, 5.00 s<br>16:13:20 CEST"
    assert found.meta[0].startswith("<b>PUT /save</b><br>client ") and found.meta[0].endswith("<br>answered")
    assert found.base[0] == "2026-09-21 16:13:20"
    both = lanes(asked([request("GET /%{x}", at=1, client="ann"), request("GET /b", at=2, client="bob")])).figure.data[
        0
    ]
    assert both.meta == ("answered",)
    assert both.customdata[0].startswith("status 200, 10.0 ms<br>14:13:21 UTC<br><b>GET /%{x}</b><br>client ")
    assert "%{x}" not in both.hovertemplate


def test_duplicates_are_hatched_and_the_rest_is_not() -> None:
    for trace in lanes(asked(storm())).figure.data:
        assert (trace.marker.pattern.shape == "/") == trace.name.endswith("duplicate")
        assert trace.width == 0.72


def test_it_says_in_words_what_it_shows() -> None:
    assert lanes(asked(storm())).alt == (
        "Lanes of 4 requests of 1 client, 2026-09-21 14:13:20 to 14:14:20 UTC (60.0 s): 3 duplicates, 2 answered, "
        "1 failed, 1 client left; up to 4 of one client open at once."
    )


def test_hostile_names_stay_text() -> None:
    (trace,) = lanes(asked([request("GET /<b>$x$</b>", at=1)])).figure.data
    assert "GET /&lt;b&gt;&#36;x&#36;&lt;/b&gt;" in trace.meta[0]


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
