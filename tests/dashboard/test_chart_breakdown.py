"""Where the time of a mean request goes."""

from typing import Any

import pytest

from hotspan_analysis import Window, open_traces
from hotspan_dashboard.charts.breakdown import breakdown
from hotspan_dashboard.charts.chart import Chart
from traces import database, ns, request, served, statement


def drawn(rows: list[dict[str, Any]], spans: list[dict[str, Any]], endpoint: str = "PUT /save") -> Chart:
    with database(rows, spans) as connection:
        return breakdown(open_traces(connection, now_ns=ns(60)).breakdown(endpoint, Window(ns(0), ns(60))))


def test_the_parts_are_stacked_in_one_order_and_add_up() -> None:
    row, server = served("PUT /save", 1, 100)
    chart = drawn([row], [server, statement(server, "SELECT a FROM t", 1.02, 70)])
    parts = {trace.name: trace.x[0] for trace in chart.figure.data}
    assert list(parts) == ["self", "database", "external", "cache", "template", "other"]
    assert (parts["database"], parts["self"]) == (pytest.approx(70), pytest.approx(30))
    assert sum(parts.values()) == pytest.approx(100)


def test_large_parts_are_labelled_and_the_alt_text_says_them_all() -> None:
    row, server = served("PUT /save", 1, 100)
    chart = drawn([row], [server, statement(server, "SELECT a FROM t", 1.002, 95)])
    labels = {trace.name: trace.text[0] for trace in chart.figure.data}
    assert (labels["database"], labels["self"]) == ("database<br>95.0 ms (95.0%)", "")
    assert chart.alt == (
        "Where the 100 ms of a mean request to PUT /save go: database 95.0%, self 5.0%; from 1 of 1 request."
    )


def test_without_spans_nothing_is_claimed() -> None:
    assert drawn([request("PUT /save", at=1)], []).alt == (
        "None of the 1 request has spans: nothing says where the time went."
    )


def test_an_endpoint_that_nobody_called() -> None:
    assert drawn([], [], "GET /<b>x</b>").alt == "No request to GET /<b>x</b> started in this window."
