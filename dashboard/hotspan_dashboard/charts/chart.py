"""What all charts share: the alt text beside the figure, axes of time and of duration, and names that stay text."""

import html
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timezone
from typing import Any, Final, NamedTuple

import plotly.graph_objects as go

from hotspan_analysis import texts
from hotspan_analysis.timeline import Timeline
from hotspan_analysis.window import SECOND_NS, Window
from hotspan_dashboard.charts import palette

CONFIG: Final[Mapping[str, Any]] = {"displayModeBar": False, "displaylogo": False, "responsive": True}
"""How Plotly is to show every figure: without its bar of buttons, which covers what one wants to see."""

SAME_MARGIN: Final[Mapping[str, int]] = {"l": 100, "r": 16, "t": 12, "b": 44}
"""For charts that stand below one another: their axes of time begin and end at the same places."""

LONGEST_NAME: Final = 60
_MS_NS: Final = 1_000_000


class Chart(NamedTuple):
    """A figure, and the same in a sentence for those who do not see it."""

    figure: go.Figure
    alt: str


def figure(height: int, **layout: Any) -> go.Figure:
    """An empty figure in house style: no page of its own, so that it fits a light one and a dark one."""
    made = go.Figure()
    made.update_layout(
        template="none",
        height=height,
        margin={"l": 70, "r": 16, "t": 12, "b": 44},
        paper_bgcolor=palette.NOTHING,
        plot_bgcolor=palette.NOTHING,
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.01,
            "yanchor": "bottom",
            "bgcolor": palette.NOTHING,
            "traceorder": "normal",
        },
        hoverlabel={"namelength": -1, "font": {"family": "system-ui, sans-serif"}},
    )
    made.update_xaxes(gridcolor=palette.GRID, zeroline=False, automargin=True)
    made.update_yaxes(gridcolor=palette.GRID, zeroline=False, automargin=True)
    return made.update_layout(**layout)


def nothing(sentence: str, height: int = 160) -> Chart:
    """A chart of no data says so, in the middle."""
    made = figure(height)
    made.add_annotation(text=as_text(sentence), showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
    return Chart(made, sentence)


def as_text(name: str | None, longest: int = LONGEST_NAME) -> str:
    """A name that Plotly shows letter by letter: it would obey HTML and, between dollars, TeX. Long ones lose their middle."""
    plain = texts.printable(name or "")
    if len(plain) > longest:
        head = longest * 2 // 3
        plain = f"{plain[:head]}…{plain[head + 1 - longest :]}"
    return html.escape(plain, quote=False).replace("$", "&#36;")


def dates(moments_ns: Iterable[int], zone: timezone = UTC) -> list[str]:
    """Moments as a date axis takes them: dates of Plotly have no zone, so they are written as the clock of this one shows.

    As numbers they would be fewer bytes, but Plotly shows numbers in the zone of whatever browser it runs in.
    """
    return [_date(moment_ns, zone) for moment_ns in moments_ns]


def _date(moment_ns: int, zone: timezone) -> str:
    seconds, rest_ns = divmod(moment_ns, SECOND_NS)
    written = datetime.fromtimestamp(seconds, tz=zone).strftime("%Y-%m-%d %H:%M:%S")
    return f"{written}.{rest_ns // 100_000:04d}".rstrip("0") if rest_ns >= 100_000 else written


def steps(first_ns: int, width_ns: int, zone: timezone = UTC) -> dict[str, Any]:
    """Places along a date axis, each as far from the one before, as a trace takes them: a start and a distance."""
    return {"x0": _date(first_ns, zone), "dx": width_ns / _MS_NS}


def buckets(timeline: Timeline, zone: timezone = UTC, share: float = 0.0) -> dict[str, Any]:
    """The places of the buckets of a timeline: of their starts, or of what is that share of their width later."""
    first_ns = timeline.window.from_ns - timeline.window.from_ns % timeline.width_ns
    return steps(first_ns + round(share * timeline.width_ns), timeline.width_ns, zone)


def durations_ms(lengths_ns: Iterable[int]) -> list[float]:
    """Lengths of time as an axis of dates takes them."""
    return [round(length_ns / _MS_NS, 3) for length_ns in lengths_ns]


def time_axis(window: Window, zone: timezone = UTC, **more: Any) -> dict[str, Any]:
    """An axis from the start of a window to its end, and which day and zone that is."""
    return {
        "type": "date",
        "range": dates((window.from_ns, window.to_ns), zone),
        "title": {"text": f"{date_of(window, zone)} ({as_text(zone.tzname(None))})", "standoff": 8},
        "hoverformat": "%H:%M:%S.%L",
        "gridcolor": palette.GRID,
        "tickformatstops": _TICKS,
        **more,
    }


_TICKS: Final = [
    {"dtickrange": [None, 1000], "value": "%H:%M:%S.%L"},
    {"dtickrange": [1000, 60_000], "value": "%H:%M:%S"},
    {"dtickrange": [60_000, 86_400_000], "value": "%H:%M"},
    {"dtickrange": [86_400_000, None], "value": "%b %d"},
]
"""Without the date, which stands in the title of the axis, until a tick is a day."""


def duration_axis(low_ms: float, high_ms: float, **more: Any) -> dict[str, Any]:
    """A logarithmic axis of milliseconds, a power of ten at least, its ticks with their units: 100 ms, 1 s, 10 s."""
    low, high = math.log10(low_ms), math.log10(high_ms)
    if high - low < 1:
        low, high = (low + high) / 2 - 0.5, (low + high) / 2 + 0.5
    factors = (1, 2, 5) if high - low < 2 else (1, 3) if high - low < 3 else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    ticks_ms = [factor * 10.0**power for power in powers for factor in factors]
    return {
        "type": "log",
        "range": [low, high],
        "tickvals": ticks_ms,
        "ticktext": [_tick(each) for each in ticks_ms],
        "gridcolor": palette.GRID,
        **more,
    }


def elapsed_axis(until_ms: float) -> dict[str, Any]:
    """An axis of milliseconds since some start, at most six ticks with their units."""
    until_ms = max(until_ms, 1e-3)
    power = 10.0 ** math.floor(math.log10(until_ms))
    step_ms = next(factor * power for factor in (0.2, 0.5, 1, 2) if until_ms <= 5 * factor * power)
    ticks_ms = [step_ms * number for number in range(math.floor(until_ms / step_ms) + 1)]
    return {
        "range": [0, until_ms * 1.01],
        "tickvals": ticks_ms,
        "ticktext": [_tick(each) for each in ticks_ms],
        "title": {"text": "since the start"},
        "gridcolor": palette.GRID,
    }


def _tick(duration_ms: float) -> str:
    """`1 ms` where a table says 1.00 ms."""
    return re.sub(r"\.0+(?= )", "", texts.duration(duration_ms / 1000))


def date_of(window: Window, zone: timezone = UTC) -> str:
    """The day or days of a window."""
    first, last = (
        datetime.fromtimestamp(moment_ns // SECOND_NS, tz=zone).strftime("%Y-%m-%d")
        for moment_ns in (window.from_ns, window.to_ns - 1)
    )
    return first if first == last else f"{first} to {last}"


def between(window: Window, zone: timezone = UTC) -> str:
    """A window in words, with its zone: what an alt text begins with."""
    return texts.stretch(window.from_ns, window.to_ns, zone)
