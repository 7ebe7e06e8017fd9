"""Demand against latency: answers got slower while the work for one request stayed what it was."""

from collections.abc import Sequence
from datetime import UTC, timezone
from itertools import pairwise
from typing import Any, Final

from hotspan_analysis import texts
from hotspan_analysis.feedback import Feedback, Point
from hotspan_analysis.storm_results import epoch_ns
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart, between, dates, duration_axis, figure, nothing, time_axis

HEIGHT: Final = 300
_LINES: Final = (
    ("latency", "latency_s", palette.ROSE, "solid"),
    ("work for one request", "demand_s", palette.BLUE, "dash"),
    ("resend gap", "resend_gap_s", palette.GREEN, "dot"),
)


def demand(feedback: Feedback, zone: timezone = UTC) -> Chart:
    """Latency, work per request and resend gap of each stretch on one axis of durations.

    Where latency leaves the line of the work, the rest of it is waiting in the queue; where it is above the resend
    gap, each wait makes further requests.
    """
    if not feedback.points:
        return nothing(f"No request started, {between(feedback.window, zone)}.", HEIGHT)
    made = figure(HEIGHT, hovermode="x unified")
    moments_ns, points = _with_holes(feedback.points)
    moments = dates(moments_ns, zone)
    seconds: list[float] = []
    for name, field, colour, dash in _LINES:
        line_s = [getattr(point, field) if point else None for point in points]
        seconds += [each for each in line_s if each]
        _add_line(made, name, moments, line_s, {"color": colour, "width": 2, "dash": dash})
    if not seconds:
        seconds = [1e-6]
    made.update_layout(
        xaxis=time_axis(feedback.window, zone),
        yaxis=duration_axis(min(seconds) * 1e3 / 1.2, max(seconds) * 1e3 * 1.2, title={"text": "seconds each"}),
    )
    return Chart(made, _alt(feedback, zone))


def _with_holes(points: Sequence[Point]) -> tuple[list[int], list[Point | None]]:
    """The moments of the points, and a hole after each that is not followed at once: a line over it would be made up."""
    moments_ns = [epoch_ns(point.at) for point in points]
    step_ns = min((after - before for before, after in pairwise(moments_ns)), default=0)
    placed: list[tuple[int, Point | None]] = list(zip(moments_ns, points, strict=True))
    holes = [(before + step_ns, None) for before, after in pairwise(moments_ns) if after - before > step_ns]
    in_order = sorted([*placed, *holes], key=lambda each: each[0])
    return [moment_ns for moment_ns, _ in in_order], [point for _, point in in_order]


def _add_line(
    made: Any, name: str, moments: Sequence[str], line_s: Sequence[float | None], line: dict[str, Any]
) -> None:
    made.add_scatter(
        name=name,
        x=moments,
        y=[each * 1e3 if each else None for each in line_s],
        text=["" if each is None else texts.duration(each) for each in line_s],
        mode="lines+markers",
        line=line,
        marker={"size": 5},
        connectgaps=False,
        hovertemplate="%{text}",
    )


def _alt(feedback: Feedback, zone: timezone) -> str:
    return f"Latency and work per request, {between(feedback.window, zone)}. {verdict(feedback)}"


def verdict(feedback: Feedback) -> str:
    """What demand and latency say together, in one sentence with both figures."""
    latency, work = feedback.latency_growth, feedback.demand_growth
    if latency is None or work is None or len(feedback.points) < ENOUGH_POINTS:
        return "There is too little to tell whether the work for a request grew."
    grown = f"In the slowest quarter an answer took {texts.rate(latency)} times as long as in the calmest"
    if latency < SLOWER:
        return f"{grown}: it never got slow."
    if work <= max(SAME_WORK, latency / 4):
        return f"{grown}, the work for it {texts.rate(work)} times: the rest was waiting in the queue."
    return f"{grown}, the work for it {texts.rate(work)} times: the work itself grew."


ENOUGH_POINTS: Final = 8
"""With fewer, a quarter of them is one."""
SLOWER: Final = 1.5
"""From this growth on, answers got slower."""
SAME_WORK: Final = 1.5
"""Up to this growth, the work stayed the same: caches and the scheduler make that much difference by themselves."""
