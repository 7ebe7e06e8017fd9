"""Rate, errors, duration, what is in flight and duplicates: of web requests, as jobs would hide them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis.texts import count, counted, duration, percent, rate
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.course import Course, Step
    from hotspan_analysis.endpoints import Ranking
    from hotspan_analysis.timeline import Bucket, Timeline
    from hotspan_analysis.totals import Total


def show(view: View, ranking: "Ranking", course: "Course | None", buckets: int) -> "Sequence[Step] | Sequence[Bucket]":
    """The figures, each with its line over the window; returned is what the lines are made of.

    They come out of roll-ups where there is a `course`: how many were open at once is not known then.
    """
    kind = "web" if "web" in ranking.totals.kinds else None
    total = ranking.totals.kinds.get("web") or ranking.totals.everything
    with st.grid(5, min_column_width=170, key="figures"):
        return _of_much(total, course) if course else _of_rows(view, total, kind, buckets)


def _of_rows(view: View, total: "Total", kind: str | None, buckets: int) -> "Timeline":
    line: Timeline = view.ask("timeline", view.window, buckets=buckets, kind=kind)
    whole: Timeline = view.ask("timeline", view.window, buckets=1, kind=kind)
    fullest = max(whole, key=lambda each: each.requests)  # a window that no bucket of the ladder holds has two
    _counts(total, line)
    _durations(line, fullest)
    _figure(
        "In flight",
        f"{max((each.peak_in_flight for each in line), default=0):,}",
        [each.mean_in_flight for each in line],
        f"peak; {rate(total.load_erlangs)} on average",
    )
    _duplicates(total)
    return line


def _of_much(total: "Total", course: "Course") -> "Course":
    _counts(total, course)
    _durations(course, course.whole)
    _figure(
        "In flight",
        rate(total.load_erlangs),
        [each.load_erlangs for each in course],
        "on average; peak not known",
    )
    _duplicates(total)
    return course


def _counts(total: "Total", line: "Sequence[Step] | Sequence[Bucket]") -> None:
    _figure(
        "Requests / min",
        rate(total.throughput_rpm),
        [each.throughput_rpm for each in line],
        f"{count(total.requests)} in all",
    )
    _figure("Errors", percent(total.error_rate), [each.errors for each in line], counted(total.errors, "error"))


def _durations(line: "Sequence[Step] | Sequence[Bucket]", whole: "Step | Bucket") -> None:
    beside = f"median {duration(_seconds(whole.p50_ms))}"
    _figure("p95", duration(_seconds(whole.p95_ms)), [each.p95_ms or 0 for each in line], beside)


def _duplicates(total: "Total") -> None:
    share = total.duplicates / total.requests if total.requests else 0.0
    _figure("Duplicates", percent(share), None, f"{duration(total.avoidable_s)} avoidable")


def _figure(label: str, value: str, trend: Sequence[float] | None, beside: str) -> None:
    st.metric(
        label,
        value,
        delta=beside,
        delta_color="off",
        delta_arrow="off",
        chart_data=trend if trend and any(trend) else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1e3
