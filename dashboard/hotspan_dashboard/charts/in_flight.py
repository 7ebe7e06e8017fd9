"""How many requests were open at once, over time."""

from collections.abc import Sequence
from datetime import UTC, timezone
from typing import Final

from hotspan_analysis import texts
from hotspan_analysis.timeline import Timeline
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import SAME_MARGIN, Chart, between, buckets, figure, nothing, time_axis

HEIGHT: Final = 190


def in_flight(timeline: Timeline, zone: timezone = UTC) -> Chart:
    """The most that were open at one moment of each bucket, as steps, and the mean as an area below them."""
    if not any(bucket.in_flight_ns for bucket in timeline):
        return nothing(f"No request was open, {between(timeline.window, zone)}.", HEIGHT)
    made = figure(HEIGHT, hovermode="x unified", margin=SAME_MARGIN)
    for name, figures, look in (
        ("mean", [bucket.mean_in_flight for bucket in timeline], _AREA),
        ("most at one moment", [bucket.peak_in_flight for bucket in timeline], _LINE),
    ):
        made.add_scatter(
            name=name,
            **buckets(timeline, zone),
            y=_rounded([*figures, figures[-1]]),
            mode="lines",
            hovertemplate="%{y:,.3~g}",
            **look,
        )
    made.update_layout(
        xaxis=time_axis(timeline.window, zone),
        yaxis={"title": {"text": "in flight"}, "rangemode": "tozero", "gridcolor": palette.GRID, "automargin": False},
    )
    return Chart(made, _alt(timeline, zone))


def _rounded(figures: Sequence[float]) -> list[float]:
    """What an eye can tell apart: a live page sends them again and again."""
    return [round(each, 3) for each in figures]


_AREA: Final = {"line": {"shape": "hv", "width": 0, "color": palette.BLUE}, "fill": "tozeroy"}
_LINE: Final = {"line": {"shape": "hv", "width": 2, "color": palette.PURPLE}}


def _alt(timeline: Timeline, zone: timezone) -> str:
    fullest = max(timeline, key=lambda bucket: bucket.peak_in_flight)
    length_ns = sum(bucket.end_ns - bucket.start_ns for bucket in timeline)
    mean = sum(bucket.in_flight_ns for bucket in timeline) / length_ns
    return (
        f"Requests in flight, {between(timeline.window, zone)}: {texts.rate(mean)} on average, "
        f"at most {texts.count(fullest.peak_in_flight)}, at {texts.moment(fullest.start_ns, date=False, zone=zone)}."
    )
