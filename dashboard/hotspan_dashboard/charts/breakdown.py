"""Where the time of one request goes, as one stacked bar."""

from typing import Final

from hotspan_analysis import texts
from hotspan_analysis.breakdown import Breakdown
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart, elapsed_axis, figure, nothing
from hotspan_dashboard.names import shown

HEIGHT: Final = 150
_ROOM_FOR_TEXT: Final = 0.12


def breakdown(taken_apart: Breakdown) -> Chart:
    """The parts of the mean request that has spans: its own code, the database, calls, caches, templates, the rest."""
    if not taken_apart.traced_requests:
        return nothing(_without_spans(taken_apart), HEIGHT)
    parts = {part.part: part for part in taken_apart.parts}
    made = figure(HEIGHT, barmode="stack")
    for name, colour in palette.PARTS.items():
        part = parts[name]
        told = f"{name}: {texts.duration(part.mean_ms / 1e3)} ({texts.percent(part.time_share)})"
        made.add_bar(
            name=name,
            orientation="h",
            x=[part.mean_ms],
            y=[0],
            width=0.7,
            marker={"color": colour, "line": {"width": 0}},
            text=[told.replace(": ", "<br>") if part.time_share >= _ROOM_FOR_TEXT else ""],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": "#FFFFFF"},
            hovertemplate=f"{told}<extra></extra>",
        )
    made.update_xaxes(
        elapsed_axis(sum(part.mean_ms for part in taken_apart.parts)) | {"title": {"text": "mean request"}}
    )
    made.update_yaxes(visible=False, range=[-0.5, 0.5])
    return Chart(made, _alt(taken_apart))


def _without_spans(taken_apart: Breakdown) -> str:
    if not taken_apart.requests:
        return f"No request to {shown(taken_apart.endpoint)} started in this window."
    return f"None of the {texts.counted(taken_apart.requests, 'request')} has spans: nothing says where the time went."


def _alt(taken_apart: Breakdown) -> str:
    parts = sorted((part for part in taken_apart.parts if part.time_ns), key=lambda part: -part.time_ns)
    told = ", ".join(f"{part.part} {texts.percent(part.time_share)}" for part in parts)
    mean_s = sum(part.mean_ms for part in taken_apart.parts) / 1e3
    return (
        f"Where the {texts.duration(mean_s)} of a mean request to {shown(taken_apart.endpoint)} go: "
        f"{told or 'nowhere'}; from {texts.count(taken_apart.traced_requests)} of "
        f"{texts.counted(taken_apart.requests, 'request')}."
    )
