"""Percentiles of durations over time, and below them, on the same axis of time, how many requests started."""

from datetime import UTC, timezone
from typing import Any, Final

from hotspan_analysis import texts
from hotspan_analysis.timeline import Bucket, Timeline
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import (
    Chart,
    between,
    buckets,
    duration_axis,
    figure,
    nothing,
    time_axis,
)

_LINES: Final = (("p50", palette.BLUE, "solid"), ("p95", palette.PURPLE, "dash"), ("p99", palette.ROSE, "dot"))


def percentiles(timeline: Timeline, zone: timezone = UTC) -> Chart:
    """p50, p95 and p99 of each bucket, and its rate with the errors in it. A bucket without requests is a gap."""
    busy = [bucket for bucket in timeline if bucket.requests]
    if not busy:
        return nothing(f"No request started in this window, {between(timeline.window, zone)}.", 320)
    made = figure(320, hovermode="x unified", barmode="stack", bargap=0.1)
    middles = buckets(timeline, zone, 0.5)
    for name, colour, dash in _LINES:
        _add_line(made, timeline, middles, name, colour, dash)
    _add_rates(made, timeline, middles)
    lowest = min(bucket.p50_ms or 0 for bucket in busy)
    highest = max(bucket.p99_ms or 0 for bucket in busy)
    made.update_layout(
        xaxis=time_axis(timeline.window, zone, anchor="y2"),
        yaxis=duration_axis(
            max(lowest, 1e-3) / 1.2, max(highest, 1e-3) * 1.2, domain=[0.36, 1], title={"text": "duration"}
        ),
        yaxis2={
            "domain": [0, 0.28],
            "rangemode": "tozero",
            "gridcolor": palette.GRID,
            "title": {"text": "per minute"},
            "automargin": True,
        },
    )
    return Chart(made, _alt(timeline, busy, zone))


def _add_line(made: Any, timeline: Timeline, middles: dict[str, Any], name: str, colour: str, dash: str) -> None:
    durations_ms = [getattr(bucket, f"{name}_ms") for bucket in timeline]
    made.add_scatter(
        name=name,
        **middles,
        y=[each and round(each, 4) for each in durations_ms],
        text=["" if each is None else texts.duration(each / 1e3) for each in durations_ms],
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": dash},
        marker={"size": 4},
        connectgaps=False,
        hovertemplate="%{text}",
    )


def _add_rates(made: Any, timeline: Timeline, middles: dict[str, Any]) -> None:
    minutes = [(bucket.end_ns - bucket.start_ns) / 60e9 for bucket in timeline]
    failed = [bucket.errors / each for bucket, each in zip(timeline, minutes, strict=True)]
    fine = [bucket.throughput_rpm - each for bucket, each in zip(timeline, failed, strict=True)]
    stack = [("without error", fine, palette.GREY), *([("errors", failed, palette.ROSE)] if any(failed) else [])]
    for name, rates, colour in stack:
        made.add_bar(
            name=f"{name}, per minute",
            showlegend=len(stack) > 1,
            **middles,
            y=[round(each, 3) for each in rates],
            width=timeline.width_ns / 1e6,
            yaxis="y2",
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y:,.3~g}",
        )


def _alt(timeline: Timeline, busy: list[Bucket], zone: timezone) -> str:
    slowest = max(busy, key=lambda bucket: bucket.p95_ms or 0)
    calmest = min(busy, key=lambda bucket: bucket.p95_ms or 0)
    return (
        f"Percentiles over time, {between(timeline.window, zone)}. {_p95(calmest, 'lowest', zone)}; {_p95(slowest, 'highest', zone)}. "
        f"{texts.counted(sum(each.requests for each in busy), 'request')}, "
        f"{texts.counted(sum(each.errors for each in busy), 'error')}."
    )


def _p95(bucket: Bucket, which: str, zone: timezone) -> str:
    at = texts.moment(bucket.start_ns, date=False, zone=zone)
    return f"p95 is {which} at {at}, {texts.duration((bucket.p95_ms or 0) / 1e3)}"
