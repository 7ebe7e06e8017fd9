"""Before and after."""

from itertools import pairwise
from typing import Any

from hotspan_analysis import Window, open_traces
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.slope import MOST_LINES, slope
from traces import database, ns, request


def drawn(rows: list[dict[str, Any]], measure: str = "p95") -> Chart:
    with database(rows) as connection:
        asked = open_traces(connection, now_ns=ns(400))
        return slope(asked.compare(Window(ns(0), ns(200)), Window(ns(200), ns(400))), measure)


def steady(endpoint: str, before_ms: float, after_ms: float) -> list[dict[str, Any]]:
    return [request(endpoint, at=at, ms=(before_ms if at < 200 else after_ms) + at % 5) for at in range(400)]


def test_what_surely_got_worse_or_better_has_a_colour() -> None:
    chart = drawn([*steady("GET /worse", 50, 500), *steady("GET /better", 500, 50), *steady("GET /same", 50, 50)])
    lines = {line.customdata[0][0]: line for line in chart.figure.data}
    assert list(lines["GET /worse"].y) == [54, 504]
    colours = {name: line.line.color for name, line in lines.items()}
    assert colours == {"GET /worse": palette.ROSE, "GET /better": palette.GREEN, "GET /same": palette.GREY}


def test_it_says_what_changed() -> None:
    assert drawn([*steady("GET /worse", 50, 500), *steady("GET /same", 50, 50)]).alt == (
        "p95 of 2 endpoints before, 2026-09-21 14:13:20 to 14:16:40 UTC (3.33 min), and after, "
        "2026-09-21 14:16:40 to 14:20:00 UTC (3.33 min): GET /worse from 54.0 ms to 504 ms (regressed)."
    )


def test_labels_do_not_lie_upon_each_other() -> None:
    rows = [row for number in range(30) for row in steady(f"GET /<b>{number:02}</b>", 50 + number / 10, 50)[::20]]
    chart = drawn(rows, "p50")
    assert len(chart.figure.data) == MOST_LINES
    heights = sorted(each.y for each in chart.figure.layout.annotations)
    assert all(after - before > 0.04 for before, after in pairwise(heights))
    assert all("&lt;b&gt;" in each.text for each in chart.figure.layout.annotations)


def test_nothing_in_common() -> None:
    assert (
        drawn([request("GET /old", at=1), request("GET /new", at=300)]).alt == "No endpoint was called on both sides."
    )
