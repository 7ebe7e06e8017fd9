"""The heatmap: where its cells are, how few bytes they are, and the box that is brushed in it."""

from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pytest

from hotspan_analysis import Window, open_traces
from hotspan_analysis.difference import Box
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.heatmap import box_of, heatmap
from traces import database, ns, request

MINUTE = Window(ns(0), ns(60))


def drawn(rows: list[dict[str, Any]], window: Window = MINUTE, buckets: int = 60, box: Box | None = None) -> Chart:
    with database(rows) as connection:
        asked = open_traces(connection, now_ns=ns(3600))
        return heatmap(asked.timeline(window, buckets=buckets), asked.histogram(window, buckets=buckets), box)


def test_cells_are_where_their_requests_are() -> None:
    chart = drawn([request(at=0.5, ms=10), request(at=0.6, ms=11), request(at=59.5, ms=1000, status=500)])
    cells = chart.figure.data[0]
    assert (cells.z.shape, cells.z.dtype, cells.z.sum()) == ((21, 60), np.uint8, 3)
    assert (cells.z[0, 0], cells.z[20, 59]) == (2, 1)
    assert cells.y[0] == pytest.approx(10) and cells.y[20] == pytest.approx(1000)
    assert (len(cells.x), len(cells.y)) == (61, 22)
    assert (cells.x[0], cells.x[-1]) == ("2026-09-21 14:13:20", "2026-09-21 14:14:20")
    assert chart.figure.layout.yaxis.type == "log"


def test_it_says_in_words_what_it_shows() -> None:
    alt = drawn([request(at=0.5, ms=10), request(at=0.6, ms=11), request(at=59.5, ms=1000)]).alt
    assert alt == (
        "Heatmap of the durations of 3 requests, 2026-09-21 14:13:20 to 14:14:20 UTC (60.0 s). "
        "Most at once: 2 that took 10.0 ms to 12.6 ms from 14:13:20. The longest took 1.00 s to 1.26 s."
    )


def test_there_are_never_more_than_200_by_80_cells() -> None:
    durations_ms = [10 ** (power / 10) for power in range(-55, 60)]
    chart = drawn([request(at=at % 600, ms=ms) for at, ms in enumerate(durations_ms * 6)], Window(ns(0), ns(600)), 600)
    rows, columns = chart.figure.data[0].z.shape
    assert rows <= 80 and columns <= 200
    assert chart.figure.data[0].z.sum() == 6 * len(durations_ms)


def test_a_window_that_cuts_a_bucket_shifts_nothing() -> None:
    cells = drawn([request(at=1.5, ms=10), request(at=59, ms=10)], Window(ns(1.4), ns(60))).figure.data[0]
    column = list(cells.z.sum(axis=0)).index(1)
    assert cells.x[column] <= "2026-09-21 14:13:21.5" < cells.x[column + 1]


def test_the_stored_box_is_drawn_as_it_was_brushed() -> None:
    box = box_of({"x": ["2026-09-21 14:13:40.5", "2026-09-21 14:13:30"], "y": [900.0, 20.0]})
    assert box == Box(Window(ns(10), ns(20.5)), 20.0, 900.0)
    (outline,) = drawn([request(at=12, ms=100)], box=box).figure.layout.shapes
    assert (outline.x0, outline.x1) == ("2026-09-21 14:13:30", "2026-09-21 14:13:40.5")
    assert (outline.y0, outline.y1) == (20.0, 900.0)


def test_a_box_is_in_the_zone_of_its_chart() -> None:
    india = timezone(timedelta(hours=5, minutes=30), "IST")
    box = box_of({"x": ["2026-09-21 19:43:30", "2026-09-21 19:43:40"], "y": [20.0, 900.0]}, india)
    assert box.window == Window(ns(10), ns(20))
    with database([request(at=12, ms=100)]) as connection:
        asked = open_traces(connection, now_ns=ns(60))
        chart = heatmap(asked.timeline(MINUTE, buckets=60), asked.histogram(MINUTE, buckets=60), box, india)
    assert (
        box_of({"x": [chart.figure.layout.shapes[0].x0, chart.figure.layout.shapes[0].x1], "y": [20, 900]}, india)
        == box
    )
    assert "from 19:43:32" in chart.alt
    assert chart.figure.layout.xaxis.title.text == "2026-09-21 (IST)"


def test_a_box_of_no_width_is_a_moment() -> None:
    assert box_of({"x": ["2026-09-21 14:13:21"] * 2, "y": [1, 1]}).window == Window(ns(1), ns(1) + 1)


def test_one_request_and_none() -> None:
    assert drawn([request(at=3, ms=5)]).figure.data[0].z.sum() == 1
    empty = drawn([])
    assert not empty.figure.data
    assert empty.alt.startswith("No request started in this window, 2026-09-21 14:13:20")
