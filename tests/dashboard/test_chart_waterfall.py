"""The waterfall of one trace."""

from typing import Any

from hotspan_analysis import open_traces
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.waterfall import MOST_SPANS, waterfall
from traces import below, database, served, span, statement


def drawn(spans: list[dict[str, Any]], requests: list[dict[str, Any]] | None = None) -> Chart:
    with database(requests or [], spans) as connection:
        return waterfall(open_traces(connection).trace(spans[0]["trace_id"]))


def bars(chart: Chart) -> dict[str, list[tuple[float, float, float]]]:
    return {trace.name: list(zip(trace.base, trace.x, trace.y, strict=True)) for trace in chart.figure.data}


def test_bars_stand_where_and_as_long_as_their_spans() -> None:
    row, server = served("PUT /save", 0, 100)
    chart = drawn([server, statement(server, "SELECT a FROM t", 0.02, 30)], [row])
    assert bars(chart)["server"] == [(0, 100, 0)]
    assert bars(chart)["database"] == [(20, 30, 1)]
    waited = sum(length for _, length, _ in bars(chart)["waited for"])
    assert waited == 100, "the critical path covers the trace"
    assert all(trace.width > 0 for trace in chart.figure.data)


def test_it_says_what_it_waited_for() -> None:
    row, server = served("PUT /save", 0, 100)
    assert drawn([server, statement(server, "SELECT a FROM t", 0.02, 70, status="ERROR")], [row]).alt == (
        "Waterfall of a trace of 100 ms with 2 spans, 1 of them failed. Most of it waited for SELECT a FROM t: 70.0 ms."
    )


def test_names_are_indented_and_stay_text() -> None:
    root = span("<b>root</b> $x$", 0, 10)
    chart = drawn([root, below(root, "child", 0.001, 2)])
    labels = [each.text for each in chart.figure.layout.annotations]
    assert labels[0] == "&lt;b&gt;root&lt;/b&gt; &#36;x&#36;"
    assert labels[1].endswith("child") and labels[1].startswith("\N{NO-BREAK SPACE}")
    assert "<b>&lt;b&gt;root" in chart.figure.data[0].customdata[0]


def test_a_large_trace_shows_its_longest_spans_and_says_so() -> None:
    root = span("root", 0, 10_000)
    children = [below(root, f"child {number}", number / 100, 1 + number % 7) for number in range(500)]
    chart = drawn([root, *children])
    shown = sum(len(rows) for name, rows in bars(chart).items() if name != "waited for")
    assert shown == MOST_SPANS
    assert "The 201 shortest spans are not shown." in chart.alt
    assert not chart.figure.layout.annotations, "names do not fit"


def test_one_span_of_no_length() -> None:
    assert bars(drawn([span("blink", 0, 0)]))["internal"] == [(0, 0, 0)]
