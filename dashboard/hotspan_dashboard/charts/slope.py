"""Before and after: a line for each endpoint, so that what changed leans."""

import math
from collections.abc import Sequence
from datetime import UTC, timezone
from typing import Any, Final

from hotspan_analysis import texts
from hotspan_analysis.compare import Change, Comparison
from hotspan_dashboard import names
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart, as_text, between, duration_axis, figure, nothing

HEIGHT: Final = 420
MOST_LINES: Final = 20
_COLOURS: Final = {"regressed": palette.ROSE, "improved": palette.GREEN}
_MARGIN_PX: Final = 250
_LABEL_GAP: Final = 0.045
"""Distance of two labels, as a share of the height."""


def slope(comparison: Comparison, measure: str = "p95", zone: timezone = UTC) -> Chart:
    """`p50` or `p95` of the 20 endpoints that matter most and have it on both sides; what surely changed has a colour."""
    both = [row for row in comparison if _sides(row, measure)]
    if not both:
        return nothing("No endpoint was called on both sides.", HEIGHT)
    shown = both[:MOST_LINES]
    made = figure(HEIGHT, showlegend=False, margin={"l": 70, "r": _MARGIN_PX, "t": 12, "b": 44})
    for row in reversed(shown):
        _add_line(made, row, measure)
    ends_ms = [each for row in shown for each in _sides(row, measure) or ()]
    axis = duration_axis(min(ends_ms) / 1.2, max(ends_ms) * 1.2, title={"text": measure})
    made.update_layout(
        xaxis={
            "range": [-0.05, 1.02],
            "tickvals": [0, 1],
            "ticktext": ["before", "after"],
            "gridcolor": palette.GRID,
        },
        yaxis=axis,
    )
    _add_labels(made, shown, measure, axis["range"])
    return Chart(made, _alt(comparison, shown, measure, zone))


def _sides(row: Change, measure: str) -> tuple[float, float] | None:
    before_ms, after_ms = (getattr(row, f"{measure}_{side}_ms") for side in ("before", "after"))
    return (before_ms, after_ms) if before_ms and after_ms else None


def _add_line(made: Any, row: Change, measure: str) -> None:
    ends_ms = _sides(row, measure) or (0.0, 0.0)
    before, after = (texts.duration(each / 1e3) for each in ends_ms)
    colour = _COLOURS.get(row.verdict, palette.GREY)
    made.add_scatter(
        x=[0, 1],
        y=ends_ms,
        mode="lines+markers",
        line={"color": colour, "width": 3 if row.verdict in _COLOURS else 1.5},
        marker={"size": 7},
        customdata=[[as_text(row.endpoint), f"{before} → {after}", row.verdict]] * 2,
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}, %{customdata[2]}<extra></extra>",
    )


def _add_labels(made: Any, shown: Sequence[Change], measure: str, axis: Sequence[float]) -> None:
    """Names at the right ends, where one fits; those of what changed go first."""
    taken: list[float] = []
    for row in sorted(shown, key=lambda row: row.verdict not in _COLOURS):
        height = (math.log10((_sides(row, measure) or (1, 1))[1]) - axis[0]) / (axis[1] - axis[0])
        if all(abs(height - other) >= _LABEL_GAP for other in taken):
            taken.append(height)
            made.add_annotation(
                text=as_text(row.endpoint, 34),
                x=1,
                xref="paper",
                xanchor="left",
                xshift=4,
                y=height,
                yref="paper",
                yanchor="middle",
                showarrow=False,
            )


def _alt(comparison: Comparison, shown: Sequence[Change], measure: str, zone: timezone) -> str:
    changed = [row for row in shown if row.verdict in _COLOURS]
    told = [
        f"{names.shown(row.endpoint, 120)} from {texts.duration(ends[0] / 1e3)} to {texts.duration(ends[1] / 1e3)} "
        f"({row.verdict})"
        for row in changed[:3]
        if (ends := _sides(row, measure))
    ]
    return (
        f"{measure} of {texts.counted(len(shown), 'endpoint')} before, {between(comparison.before, zone)}, and after, "
        f"{between(comparison.after, zone)}: {'; '.join(told) or 'none surely changed'}."
    )
