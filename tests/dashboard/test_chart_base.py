"""What all charts share: hostile names stay text, axes say their unit and their zone."""

import math
from datetime import timedelta, timezone

import pytest

from hotspan_analysis import Window
from hotspan_dashboard.charts.chart import (
    as_text,
    date_of,
    dates,
    duration_axis,
    elapsed_axis,
    figure,
    nothing,
    time_axis,
)
from traces import ns

HOSTILE = [
    ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
    ("<a href='https://evil.example'>x</a>", "&lt;a href='https://evil.example'&gt;x&lt;/a&gt;"),
    ("$x^2$", "&#36;x^2&#36;"),
    ("&lt;i&gt;", "&amp;lt;i&amp;gt;"),
    (":rocket: **md** `c`", ":rocket: **md** `c`"),
    ("a\u202eb\nc", "a\\u202eb\\nc"),
    (None, ""),
]


@pytest.mark.parametrize(("name", "shown"), HOSTILE)
def test_names_stay_text(name: str | None, shown: str) -> None:
    assert as_text(name) == shown


def test_a_long_name_keeps_its_head_and_its_tail() -> None:
    shown = as_text("/start" + "x" * 10_000 + "/end", 20)
    assert (len(shown), shown[:6], shown[-4:], "…" in shown) == (20, "/start", "/end", True)
    assert as_text("x" * 20, 20) == "x" * 20


def test_a_time_axis_names_its_day_and_its_zone() -> None:
    axis = time_axis(Window(ns(0), ns(60)))
    assert axis["title"]["text"] == "2026-09-21 (UTC)"
    assert axis["range"] == ["2026-09-21 14:13:20", "2026-09-21 14:14:20"]
    assert date_of(Window(ns(0), ns(86400))) == "2026-09-21 to 2026-09-22"
    kiritimati = timezone(timedelta(hours=14), "+14")
    assert time_axis(Window(ns(0), ns(60)), kiritimati)["title"]["text"] == "2026-09-22 (+14)"
    assert dates([ns(0), ns(0.25), ns(0) + 100_000], kiritimati) == [
        "2026-09-22 04:13:20", "2026-09-22 04:13:20.25", "2026-09-22 04:13:20.0001"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low_ms", "high_ms", "some"),
    [(1, 10_000, ["10 ms", "1 s"]), (20_000, 25_000, ["20 s"]), (0.5, 0.5, ["500 µs", "1 ms"]), (1, 50, ["2 ms"])],
)
def test_ticks_of_durations_have_units(low_ms: float, high_ms: float, some: list[str]) -> None:
    axis = duration_axis(low_ms, high_ms)
    assert set(some) <= set(axis["ticktext"])
    assert axis["range"][1] - axis["range"][0] >= 1 - 1e-9
    assert axis["range"][0] <= math.log10(low_ms) and math.log10(high_ms) <= axis["range"][1]


@pytest.mark.parametrize("until_ms", [0, 0.004, 3, 9.99, 10, 24_600, 3_600_000])
def test_an_elapsed_axis_has_a_few_ticks(until_ms: float) -> None:
    axis = elapsed_axis(until_ms)
    assert 2 <= len(axis["tickvals"]) <= 6
    assert axis["tickvals"][-1] <= axis["range"][1]


def test_a_chart_of_nothing_says_so() -> None:
    chart = nothing("No request <b>here</b>.")
    assert chart.alt == "No request <b>here</b>."
    assert chart.figure.layout.annotations[0].text == "No request &lt;b&gt;here&lt;/b&gt;."


def test_figures_have_no_page_of_their_own() -> None:
    layout = figure(100).layout
    assert (layout.paper_bgcolor, layout.plot_bgcolor) == ("rgba(0,0,0,0)", "rgba(0,0,0,0)")
    assert layout.font.color is None, "the page's colour of text"
