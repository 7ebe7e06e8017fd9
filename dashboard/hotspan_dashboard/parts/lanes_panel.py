"""Lanes of overlapping requests, with what was in flight above them; on a canvas where they are very many."""

from typing import TYPE_CHECKING, Any

from hotspan_analysis.lanes import Lanes
from hotspan_analysis.selection import UNKNOWN_CLIENT
from hotspan_analysis.texts import count, duration
from hotspan_analysis.window import SECOND_NS, Window
from hotspan_dashboard import figures, markup, panels
from hotspan_dashboard.charts.canvas_lanes import canvas_lanes
from hotspan_dashboard.charts.chart import Chart
from hotspan_dashboard.charts.in_flight import in_flight
from hotspan_dashboard.charts.lanes import MOST_BARS, lanes, lanes_alt
from hotspan_dashboard.names import shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.timeline import Timeline

STEPS = 150
LIVE_BARS = 150
"""What is sent again every five seconds is a bar of 80 bytes up to here, and of 15 on a canvas beyond."""
LIVE_LANES = 500
_LEFT_PX = 100
_RIGHT_PX = 16


def show(view: View, window: Window, key: str, above: dict[str, Any], **only: Any) -> None:
    """What was in flight of `above`, a wider selection, and below it the lanes of `only`."""
    line: Timeline = view.ask("timeline", window, buckets=STEPS, **above)
    figures.show(_aligned(in_flight(line, view.clock_zone)), f"{key}:in_flight")
    show_lanes(view, window, key, **only)


def show_lanes(view: View, window: Window, key: str, **only: Any) -> None:
    """The lanes alone."""
    found: Lanes = view.ask("lanes", window, **only)
    if view.live and len(found) > LIVE_LANES:
        latest = f"Live, the latest {count(LIVE_LANES)} of {count(len(found))} requests are drawn; frozen, all of them."
        markup.say(latest, small=True)
        found = Lanes(found[-LIVE_LANES:], found.window, found.queries)
    if len(found) <= (LIVE_BARS if view.live else MOST_BARS):
        figures.show(_aligned(lanes(found, view.clock_zone)), f"{key}:lanes")
    else:
        _on_canvas(view, found, key)
    panels.footer(key, found.queries, found)


def _on_canvas(view: View, found: Lanes, key: str) -> None:
    markup.say(
        f"{lanes_alt(found, view.clock_zone)} Zoom with the wheel or W and S, move with A and D, walk with the arrow keys.",
        small=True,
    )
    if picked := canvas_lanes(found, f"{key}:canvas", view.clock_zone):
        outcome = "open" if picked.still_open else f"status {picked.status or 'none'}"
        took_s = (picked.end_ns - picked.arrival_ns) / SECOND_NS
        client = "nobody known" if picked.client == UNKNOWN_CLIENT else f"client {picked.client[:8]}"
        markup.say(f"{shown(picked.endpoint)} of {client}: {duration(took_s)}, {outcome}.", "note")


def _aligned(chart: Chart) -> Chart:
    """The same moment stands at the same place in both."""
    chart.figure.update_layout(margin={"l": _LEFT_PX, "r": _RIGHT_PX})
    chart.figure.update_yaxes(automargin=False)
    chart.figure.update_xaxes(automargin=False)
    return chart
