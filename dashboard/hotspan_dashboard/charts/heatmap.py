"""The latency heatmap: how many requests lasted how long, and when; with the rectangle that was brushed in it."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timezone
from typing import Any, Final

import numpy as np

from hotspan_analysis import texts
from hotspan_analysis.difference import Box
from hotspan_analysis.timeline import Cell, Timeline
from hotspan_analysis.window import Window
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart, between, dates, duration_axis, figure, nothing, time_axis

MOST_COLUMNS: Final = 200
MOST_ROWS: Final = 80
"""Up to 200 x 80 cells cost the browser no more than the chart's fixed price."""

_STEPS: Final = 10
"""Rows for each power of ten, as `Traces.histogram` has them."""


def box_of(brushed: Mapping[str, Any], zone: timezone = UTC) -> Box:
    """What Plotly tells of a box selection: two dates and two durations, in any order.

    The dates are those of the axis, so their zone is the one of the chart.
    """
    from_ns, to_ns = sorted(_moment_ns(each, zone) for each in brushed["x"])
    shortest_ms, longest_ms = sorted(float(each) for each in brushed["y"])
    return Box(Window(from_ns, max(to_ns, from_ns + 1)), shortest_ms, longest_ms)


def heatmap(timeline: Timeline, cells: Sequence[Cell], selection: Box | None = None, zone: timezone = UTC) -> Chart:
    """The `cells` that `Traces.histogram` counts over the buckets of `timeline`, on a logarithmic axis of durations.

    More than 200 buckets or 80 steps of duration are put together. A box can be drawn in it; the one that is stored
    is given back as `selection`, because Plotly forgets its own with every new figure.
    """
    if not cells:
        return nothing(f"No request started in this window, {between(timeline.window, zone)}.", 320)
    counts, starts, edges_ms = _grid(timeline, cells, zone)
    made = figure(320, dragmode="select", selectdirection="any")
    made.add_heatmap(
        x=starts,
        y=edges_ms,
        z=counts,
        colorscale=palette.COUNTS,
        zmin=0,
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "requests", "side": "right"}, "thickness": 10, "outlinewidth": 0},
        hovertemplate="%{x|%H:%M:%S}<br>about %{y:.3~g} ms<br>%{z:,} requests<extra></extra>",
    )
    made.update_xaxes(time_axis(timeline.window, zone))
    made.update_yaxes(duration_axis(edges_ms[0], edges_ms[-1], title={"text": "duration"}))
    made.update_layout(newselection={"line": {"color": palette.ROSE, "width": 2, "dash": "solid"}})
    if selection is not None:
        _outline(made, selection, zone)
    return Chart(made, _alt(timeline, cells, zone))


def _grid(timeline: Timeline, cells: Sequence[Cell], zone: timezone) -> tuple[Any, list[str], list[float]]:
    """Counts by duration and time in the smallest unsigned integers, and the edges of columns and rows."""
    first_ns = timeline.window.from_ns - timeline.window.from_ns % timeline.width_ns
    steps = [round(_STEPS * math.log10(cell.from_ms)) for cell in cells]
    lowest, rows = min(steps), max(steps) - min(steps) + 1
    wide, high = -(-len(timeline) // MOST_COLUMNS), -(-rows // MOST_ROWS)
    counts = np.zeros((-(-rows // high), -(-len(timeline) // wide)), dtype=np.uint32)
    for step, cell in zip(steps, cells, strict=True):
        counts[(step - lowest) // high, (cell.bucket_ns - first_ns) // timeline.width_ns // wide] += cell.requests
    starts = dates((first_ns + number * wide * timeline.width_ns for number in range(counts.shape[1] + 1)), zone)
    edges_ms = [10 ** ((lowest + number * high) / _STEPS) for number in range(counts.shape[0] + 1)]
    return counts.astype(np.min_scalar_type(counts.max())), starts, edges_ms


def _outline(made: Any, box: Box, zone: timezone) -> None:
    start, end = dates((box.window.from_ns, box.window.to_ns), zone)
    made.add_shape(
        type="rect",
        x0=start,
        x1=end,
        y0=box.shortest_ms,
        y1=box.longest_ms,
        line={"color": palette.ROSE, "width": 2},
        name="selection",
    )


def _alt(timeline: Timeline, cells: Sequence[Cell], zone: timezone) -> str:
    requests = sum(cell.requests for cell in cells)
    densest = max(cells, key=lambda cell: cell.requests)
    longest = max(cells, key=lambda cell: cell.to_ms)
    return (
        f"Heatmap of the durations of {texts.counted(requests, 'request')}, {between(timeline.window, zone)}. "
        f"Most at once: {texts.count(densest.requests)} that took {_about(densest)} from "
        f"{texts.moment(densest.bucket_ns, date=False, zone=zone)}. The longest took {_about(longest)}."
    )


def _about(cell: Cell) -> str:
    return f"{texts.duration(cell.from_ms / 1e3)} to {texts.duration(cell.to_ms / 1e3)}"


def _moment_ns(date: str, zone: timezone) -> int:
    since = datetime.fromisoformat(date).replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds) * 1000
