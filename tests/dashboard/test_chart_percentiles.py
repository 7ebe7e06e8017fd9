"""Percentiles and rate over time."""

from typing import Any

import pytest

from hotspan_analysis import Window, open_traces
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.percentiles import percentiles
from traces import database, ns, request


def drawn(rows: list[dict[str, Any]]) -> Chart:
    with database(rows) as connection:
        return percentiles(open_traces(connection, now_ns=ns(60)).timeline(Window(ns(0), ns(60)), buckets=6))


def test_a_line_for_each_percentile_with_gaps_where_nothing_started() -> None:
    chart = drawn([request(at=1, ms=100), request(at=2, ms=300), request(at=55, ms=50, status=500)])
    lines = {trace.name: trace for trace in chart.figure.data}
    assert list(lines["p50"].y) == [200.0, None, None, None, None, 50.0]
    assert lines["p95"].y[0] == pytest.approx(290.0)
    assert lines["p99"].text[0] == "298 ms"
    assert lines["p50"].connectgaps is False


def test_the_rate_is_split_into_errors_and_the_rest() -> None:
    chart = drawn([request(at=1, ms=100), request(at=2, ms=100, status=503), request(at=15, ms=1)])
    bars = {trace.name: list(trace.y) for trace in chart.figure.data if trace.type == "bar"}
    assert bars["without error, per minute"] == [6, 6, 0, 0, 0, 0]
    assert bars["errors, per minute"] == [6, 0, 0, 0, 0, 0]


def test_it_says_when_it_was_worst() -> None:
    assert drawn([request(at=1, ms=100), request(at=25, ms=900, status=500)]).alt == (
        "Percentiles over time, 2026-09-21 14:13:20 to 14:14:20 UTC (60.0 s). p95 is lowest at 14:13:20, 100 ms; "
        "p95 is highest at 14:13:40, 900 ms. 2 requests, 1 error."
    )


def test_one_request_and_none() -> None:
    assert [trace.showlegend for trace in drawn([request(at=3, ms=0)]).figure.data] == [None, None, None, False]
    assert drawn([]).alt.startswith("No request started in this window")
