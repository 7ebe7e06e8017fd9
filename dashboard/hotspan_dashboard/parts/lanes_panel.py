"""Lanes of overlapping requests, with what was in flight above them."""

from typing import TYPE_CHECKING, Any

from hotspan_analysis.lanes import Lanes
from hotspan_analysis.window import Window
from hotspan_dashboard import figures, panels
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.in_flight import in_flight
from hotspan_dashboard.charts.lanes import lanes
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.timeline import Timeline

STEPS = 150
_LEFT_PX = 100
_RIGHT_PX = 16


def show(view: View, window: Window, key: str, above: dict[str, Any], **only: Any) -> None:
    """What was in flight of `above`, a wider selection, and below it the lanes of `only`."""
    line: Timeline = view.ask("timeline", window, buckets=STEPS, **above)
    figures.show(_aligned(in_flight(line)), f"{key}:in_flight")
    found: Lanes = view.ask("lanes", window, **only)
    figures.show(_aligned(lanes(found)), f"{key}:lanes")
    panels.footer(key, found.queries, found)


def _aligned(chart: Chart) -> Chart:
    """The same moment stands at the same place in both."""
    chart.figure.update_layout(margin={"l": _LEFT_PX, "r": _RIGHT_PX})
    chart.figure.update_yaxes(automargin=False)
    chart.figure.update_xaxes(automargin=False)
    return chart
