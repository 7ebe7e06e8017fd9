"""Requests in flight over time."""

from typing import Any

from hotspan_analysis import Window, open_traces
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.in_flight import in_flight
from traces import database, ns, request


def drawn(rows: list[dict[str, Any]]) -> Chart:
    with database(rows) as connection:
        return in_flight(open_traces(connection, now_ns=ns(60)).timeline(Window(ns(0), ns(60)), buckets=6))


def test_steps_of_the_most_and_an_area_of_the_mean() -> None:
    mean, most = drawn([request(at=0, ms=10_000), request(at=5, ms=10_000)]).figure.data
    assert list(most.y) == [2, 1, 0, 0, 0, 0, 0]
    assert list(mean.y) == [1.5, 0.5, 0, 0, 0, 0, 0]
    assert (most.line.shape, mean.fill) == ("hv", "tozeroy")
    assert (most.x0, most.dx) == ("2026-09-21 14:13:20", 10_000)


def test_it_says_how_many_and_when() -> None:
    assert drawn([request(at=20, ms=10_000), request(at=25, ms=None)]).alt == (
        "Requests in flight, 2026-09-21 14:13:20 to 14:14:20 UTC (60.0 s): 0.75 on average, at most 2, at 14:13:40."
    )


def test_none() -> None:
    assert drawn([]).alt.startswith("No request was open")
