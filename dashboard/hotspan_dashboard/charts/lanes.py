"""Lanes: every attempt of a client as a bar of its own, so that one sees which were open at the same time."""

from collections.abc import Sequence
from datetime import UTC, timezone
from typing import Any, Final, NamedTuple

from hotspan_analysis import texts
from hotspan_analysis.lanes import Attempt, Lanes
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import (
    SAME_MARGIN,
    Chart,
    as_text,
    between,
    dates,
    durations_ms,
    figure,
    nothing,
    time_axis,
)

MOST_BARS: Final = 1000
"""Beyond that Plotly gets slow, and canvas_lanes takes over."""

_ROW_PX: Final = 20
_MOST_HEIGHT: Final = 900
_LABELLED: Final = 40
_SHORT_ID: Final = 8


def lanes(attempts: Lanes, zone: timezone = UTC) -> Chart:
    """The first 1,000 attempts as bars from arrival to answer, those of one client together; a hatch marks duplicates.

    What one client had open at the same time is on rows of its own.
    """
    if not attempts:
        return nothing(f"No request was open, {between(attempts.window, zone)}.")
    rows, first_rows = client_rows(attempts)
    shown = attempts[:MOST_BARS]
    height = min(_MOST_HEIGHT, 110 + _ROW_PX * (max(rows) + 1))
    made = figure(height, barmode="overlay", dragmode="zoom", margin=SAME_MARGIN)
    common = _Common.of(shown)
    for kind in sorted({kind_of(each) for each in shown}):
        placed = [(row, each) for row, each in zip(rows, shown, strict=False) if kind_of(each) == kind]
        _add_bars(made, kind, placed, common, zone)
    labelled = first_rows if len(first_rows) <= _LABELLED else {}
    made.update_xaxes(time_axis(attempts.window, zone))
    made.update_yaxes(
        range=[max(rows) + 0.6, -0.6],
        tickvals=list(labelled.values()),
        ticktext=[as_text(client[:_SHORT_ID]) for client in labelled],
        title={"text": "client" if len(first_rows) == 1 else "clients"},
        showgrid=False,
        automargin=False,
    )
    return Chart(made, lanes_alt(attempts, zone, len(attempts) - len(shown)))


def kind_of(attempt: Attempt) -> tuple[str, bool]:
    """How it ended, one of palette.OUTCOMES, and whether it is a duplicate."""
    ended: tuple[tuple[str, bool], ...] = (
        ("open", attempt.still_open),
        ("process died", attempt.unfinished),
        ("client left", attempt.aborted),
        ("failed", attempt.error),
        ("job ran", attempt.kind == "job"),
        ("no status", attempt.status is None),
    )
    return next((outcome for outcome, holds in ended if holds), "answered"), attempt.duplicate


def client_rows(attempts: Sequence[Attempt]) -> tuple[list[int], dict[str, int]]:
    """The row of each attempt, clients below one another in the order they come, and the first row of each client."""
    heights: dict[str, int] = {}
    for each in attempts:
        heights[each.client] = max(heights.get(each.client, 0), each.slot + 1)
    first_rows, height = {}, 0
    for client, own in heights.items():
        first_rows[client] = height
        height += own
    return [first_rows[each.client] + each.slot for each in attempts], first_rows


def lanes_alt(attempts: Lanes, zone: timezone = UTC, left_out: int = 0) -> str:
    """What lanes show, in words."""
    outcomes = [kind_of(each)[0] for each in attempts]
    ends = [f"{texts.count(outcomes.count(each))} {each}" for each in palette.OUTCOMES if each in outcomes]
    most = max(each.slot for each in attempts) + 1
    return (
        f"Lanes of {texts.counted(len(attempts), 'request')} of "
        f"{texts.counted(len({each.client for each in attempts}), 'client')}, {between(attempts.window, zone)}: "
        f"{texts.counted(sum(each.duplicate for each in attempts), 'duplicate')}, {', '.join(ends)}; "
        f"up to {texts.count(most)} of one client open at once."
        f"{f' The last {texts.count(left_out)} are not shown.' if left_out else ''}"
    )


class _Common(NamedTuple):
    """What all bars have in common: their hover texts hold it once, as a live page sends them again and again."""

    endpoint: str
    client: str

    @classmethod
    def of(cls, attempts: Sequence[Attempt]) -> "_Common":
        endpoints, clients = ({getattr(each, name) for each in attempts} for name in ("endpoint", "client"))
        return cls(endpoints.pop() if len(endpoints) == 1 else "", clients.pop() if len(clients) == 1 else "")


def _add_bars(
    made: Any, kind: tuple[str, bool], placed: Sequence[tuple[int, Attempt]], common: _Common, zone: timezone
) -> None:
    outcome, duplicate = kind
    name = f"{outcome}, duplicate" if duplicate else outcome
    made.add_bar(
        name=name,
        orientation="h",
        base=dates((each.arrival_ns for _, each in placed), zone),
        x=durations_ms(each.end_ns - each.arrival_ns for _, each in placed),
        y=[row for row, _ in placed],
        width=0.72,
        marker={
            "color": palette.OUTCOMES[outcome],
            "line": {"width": 0},
            **({"pattern": palette.HATCH} if duplicate else {}),
        },
        meta=[f"{_named(*common)}{name}"],  # a name in the template itself would be obeyed: it may have %{ in it
        customdata=[_told(each, common, zone) for _, each in placed],
        hovertemplate="%{meta[0]}, %{customdata}<extra></extra>",
    )


def _told(attempt: Attempt, common: _Common, zone: timezone) -> str:
    status = "" if attempt.status is None else f"status {attempt.status}, "
    when = f"{texts.moment(attempt.arrival_ns, date=False, zone=zone)} {zone.tzname(None)}"
    took = texts.duration((attempt.end_ns - attempt.arrival_ns) / 1e9)
    own = ("" if common.endpoint else attempt.endpoint, "" if common.client else attempt.client)
    return f"{status}{took}<br>{when}{'<br>' if any(own) else ''}{_named(*own).removesuffix('<br>')}"


def _named(endpoint: str, client: str) -> str:
    lines = [*([f"<b>{as_text(endpoint)}</b>"] if endpoint else []), *([f"client {as_text(client)}"] if client else [])]
    return "".join(f"{line}<br>" for line in lines)
