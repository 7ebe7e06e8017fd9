"""One trace as a waterfall: a bar a span, indented as they call each other, and what the trace waited for."""

from collections.abc import Sequence
from typing import Any, Final

from hotspan_analysis import texts
from hotspan_analysis.waterfall import Waterfall, WaterfallSpan
from hotspan_dashboard import names
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import Chart, as_text, elapsed_axis, figure, nothing

MOST_SPANS: Final = 300
"""More bars make a browser slow; of a larger trace the longest are shown, in their places."""

_LABELLED: Final = 60
_LABELLED_PX, _BARE_PX = 24, 9
_INDENT: Final = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
_LABEL: Final = 38
_LABEL_PX: Final = 280


def waterfall(trace: Waterfall) -> Chart:
    """The spans from top to bottom in the order of the trace, coloured by what they are.

    The grey line below a bar says when the trace waited for that span. Up to 60 spans have their names beside them;
    of more than 300 only the longest are shown, which the alt text and a note say.
    """
    if not trace:
        return nothing("This trace holds no span.")
    shown = _shown(trace)
    made = figure(_height(shown), barmode="overlay")
    for category in sorted({trace[place].category for place in shown}):
        rows = [row for row, place in enumerate(shown) if trace[place].category == category]
        _add_bars(made, category, rows, [trace[shown[row]] for row in rows])
    _add_path(made, trace, shown)
    made.update_xaxes(elapsed_axis(trace.duration_ms))
    made.update_yaxes(range=[len(shown) - 0.4, -0.6], showticklabels=False, showgrid=False)
    if len(shown) <= _LABELLED:
        _add_labels(made, [trace[place] for place in shown])
    return Chart(made, _alt(trace, shown))


def _shown(trace: Waterfall) -> list[int]:
    longest = sorted(range(len(trace)), key=lambda place: (trace[place].depth > 0, -trace[place].duration_ms))
    return sorted(longest[:MOST_SPANS])


def _height(shown: Sequence[int]) -> int:
    return 100 + len(shown) * (_LABELLED_PX if len(shown) <= _LABELLED else _BARE_PX)


def _add_labels(made: Any, spans: Sequence[WaterfallSpan]) -> None:
    """Names to the left of the bars: as annotations, since ticks cannot be indented."""
    made.update_layout(margin={"l": _LABEL_PX})
    for row, span in enumerate(spans):
        made.add_annotation(
            text=_INDENT * min(span.depth, 10) + as_text(span.statement or span.name, _LABEL),
            xref="paper",
            x=0,
            xanchor="left",
            xshift=-_LABEL_PX,
            y=row,
            showarrow=False,
        )


def _add_bars(made: Any, category: str, rows: Sequence[int], spans: Sequence[WaterfallSpan]) -> None:
    failed = [span.status == "ERROR" for span in spans]
    made.add_bar(
        name=category,
        orientation="h",
        base=[span.offset_ms for span in spans],
        x=[span.duration_ms for span in spans],
        y=rows,
        width=0.6,
        marker={
            "color": palette.CATEGORIES.get(category, palette.GREY),
            "line": {"color": palette.ROSE, "width": [2 if each else 0 for each in failed]},
        },
        customdata=[_told(span) for span in spans],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _told(span: WaterfallSpan) -> str:
    itself, waited = (texts.duration(each / 1e3) for each in (span.self_ms, span.critical_ms))
    lines = [
        f"<b>{as_text(span.name)}</b>",
        f"{as_text(span.service)} · {as_text(span.kind)} · {as_text(span.category)}",
        f"{texts.duration(span.duration_ms / 1e3)}, itself {itself}, waited for {waited}",
    ]
    lines += [as_text(span.statement, 160)] if span.statement else []
    lines += [f"error: {as_text(span.error_type or 'unknown')}"] if span.status == "ERROR" else []
    return "<br>".join(lines)


def _add_path(made: Any, trace: Waterfall, shown: Sequence[int]) -> None:
    rows = {place: row for row, place in enumerate(shown)}
    first_ns = min(span.start_ns + round(span.shift_ms * 1e6) for span in trace)
    on_show = [each for each in trace.critical_path if each.index in rows]
    made.add_bar(
        name="waited for",
        orientation="h",
        base=[(each.from_ns - first_ns) / 1e6 for each in on_show],
        x=[(each.to_ns - each.from_ns) / 1e6 for each in on_show],
        y=[rows[each.index] + 0.43 for each in on_show],
        width=0.14,
        marker={"color": palette.GREY, "line": {"width": 0}},
        hoverinfo="skip",
    )


def _alt(trace: Waterfall, shown: Sequence[int]) -> str:
    costliest = max(trace, key=lambda span: span.critical_ms)
    failed = sum(span.status == "ERROR" for span in trace)
    left_out = len(trace) - len(shown)
    return (
        f"Waterfall of a trace of {texts.duration(trace.duration_ms / 1e3)} with {texts.counted(len(trace), 'span')}"
        f"{f', {failed} of them failed' if failed else ''}. "
        f"Most of it waited for {names.shown(costliest.statement or costliest.name, 120)}: "
        f"{texts.duration(costliest.critical_ms / 1e3)}."
        f"{f' The {texts.count(left_out)} shortest spans are not shown.' if left_out else ''}"
    )
