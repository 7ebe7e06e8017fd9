"""Demand against latency: answers got slower while the work for one request stayed what it was."""

from collections.abc import Sequence
from datetime import UTC, timezone
from typing import Any, Final

from hotspan_analysis import texts
from hotspan_analysis.feedback import Feedback, Point
from hotspan_analysis.storm_results import epoch_ns
from hotspan_analysis.window import SECOND_NS
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart, between, duration_axis, figure, nothing, steps, time_axis

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
    first_ns, points = _with_holes(feedback)
    places = steps(first_ns, round(feedback.bucket_s * SECOND_NS), zone)
    seconds: list[float] = []
    for name, field, colour, dash in _LINES:
        line_s = [getattr(point, field) if point else None for point in points]
        seconds += [each for each in line_s if each]
        _add_line(made, name, places, line_s, {"color": colour, "width": 2, "dash": dash})
    if not seconds:
        seconds = [1e-6]
    made.update_layout(
        xaxis=time_axis(feedback.window, zone),
        yaxis=duration_axis(min(seconds) * 1e3 / 1.2, max(seconds) * 1e3 * 1.2, title={"text": "seconds each"}),
    )
    return Chart(made, _alt(feedback, zone))


def _with_holes(feedback: Feedback) -> tuple[int, list[Point | None]]:
    """When the first stretch begins, and every stretch since; one without requests is a hole: no line is made up for it."""
    bucket_ns = round(feedback.bucket_s * SECOND_NS)
    found = {epoch_ns(point.at) // bucket_ns: point for point in feedback.points}
    return min(found) * bucket_ns, [found.get(number) for number in range(min(found), max(found) + 1)]


def _add_line(
    made: Any, name: str, places: dict[str, Any], line_s: Sequence[float | None], line: dict[str, Any]
) -> None:
    made.add_scatter(
        name=name,
        **places,
        y=[round(each * 1e3, 4) if each else None for each in line_s],
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
