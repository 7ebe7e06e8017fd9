"""Overview: what is wrong in one sentence, four figures, and the endpoints in the order in which they matter."""

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from hotspan_analysis.results import percentile_error
from hotspan_analysis.texts import count, counted, duration, percent
from hotspan_analysis.timeline import latest
from hotspan_analysis.window import Window
from hotspan_dashboard import markup, navigation, panels, tables
from hotspan_dashboard.finding import finding
from hotspan_dashboard.parts import five_figures
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from hotspan_analysis.course import Course
    from hotspan_analysis.endpoints import Endpoint, Ranking
    from hotspan_analysis.results import Rows
    from hotspan_analysis.trends import Trend

RANKS: Final = {
    "time": "Time consumed",
    "throughput": "Throughput",
    "slowest": "Slowest",
    "errors": "Errors",
    "duplicates": "Duplicates",
}
KINDS: Final = {"web": "Requests", "job": "Jobs", "held_open": "Held open"}
BUCKETS: Final = 30
LOOKED_THROUGH: Final = 1_000_000
"""Requests, the latest of the window, among which storms are looked for here: it takes some 4 CPU seconds a million."""


def show(view: View) -> None:
    """The page."""
    sentence, figures, table = st.empty(), st.container(), st.container()
    controls = table.container(horizontal=True, vertical_alignment="bottom")
    ranking: Ranking = view.ask("endpoints", view.window, sort=_rank(controls))
    if not ranking:
        nothing_yet(view)
        return
    is_rolled = percentile_error(ranking.queries) > 0 and "web" in ranking.totals.kinds
    course: Course | None = view.ask("course", view.window, buckets=BUCKETS) if is_rolled else None
    with figures:
        buckets = five_figures.show(view, ranking, course, BUCKETS)
    with table:
        trends: Rows[Trend] = course.trends if course else view.ask("trends", view.window, buckets=BUCKETS)
        _ranked(ranking, trends, *_narrowed(ranking, controls))
    with sentence.container():  # last, for it looks for storms: what is asked most often is there first
        _say_finding(view, ranking, latest(buckets, LOOKED_THROUGH))


def nothing_yet(view: View) -> None:
    """What to do when there is nothing to see."""
    if view.window == view.data:
        markup.say("Nothing has been recorded yet. Put one line into an app, or watch one of ours:", "note")
        st.code("from hotspan_collector import instrument\napp = instrument(app)", language=None)
        st.code("hotspan demo", language=None)
    else:
        markup.say(f"Nothing started in this window. The data reach from {view.stretch(view.data)}.", "note")
        st.code("hotspan timeline", language=None)


def _rank(controls: "DeltaGenerator") -> str:
    """The order asked for."""
    chosen: str = controls.segmented_control(
        "Rank by",
        list(RANKS),
        format_func=RANKS.__getitem__,
        default="time",
        required=True,
        key="rank",
        bind="query-params",
    )
    return chosen


def _say_finding(view: View, ranking: "Ranking", looked_at: Window) -> None:
    """`looked_at` is the latest part of the window, or all of it."""
    length = duration(looked_at.length_s)
    is_part = looked_at.from_ns > view.window.from_ns
    report = view.ask("storms", looked_at if is_part else view.window)
    found = finding(ranking, report, f" in the last {length}" if is_part else "")
    markup.say(found.sentence, found.tone)
    with st.container(horizontal=True):
        if found.page:
            navigation.link(found.page, found.label, **found.query)
    if is_part:
        markup.say(
            f"Storms were looked for in the last {length} of the window only, among some {count(LOOKED_THROUGH)} of its "
            f"{counted(ranking.totals.everything.requests, 'request')}. Choose an earlier or shorter window to look there.",
            "note",
            small=True,
        )
    for warning in ranking.warnings:
        markup.say(f"Note: {warning.message}.", small=True)
    for loss in ranking.losses:
        markup.say(f"Dropped on the way in: {counted(loss.dropped, 'row')} of {loss.what} ({loss.reason}).", small=True)


def _narrowed(ranking: "Ranking", controls: "DeltaGenerator") -> tuple[str, str]:
    """One kind at a time, for shares are shares of a kind; and a part of a name."""
    kinds = [kind for kind in KINDS if kind in ranking.totals.kinds]
    kind: str = kinds[0]
    if len(kinds) > 1:
        kind = controls.segmented_control(
            "Of",
            kinds,
            format_func=KINDS.__getitem__,
            default=kinds[0],
            required=True,
            key="kind",
            bind="query-params",
        )
    text = controls.text_input(
        "Filter", key="filter", bind="query-params", live="300ms", placeholder="part of a name", width=220
    )
    return kind, (text or "").strip().casefold()


def _ranked(ranking: "Ranking", trends: "Rows[Trend]", kind: str, text: str) -> None:
    rows = [row for row in ranking if row.kind == kind and _matches(row, text)]
    if not rows:
        markup.say("Nothing here has that in its name.", "note")
        return
    tables.show(
        rows,
        _columns(ranking, trends, kind),
        key="ranked",
        picked=_open,
        alt=f"{count(len(rows))} endpoints ranked by {RANKS[ranking.sorted_by].lower()}; choose one to open it",
        left_out=lambda rest: f" with {percent(sum(row.time_share for row in rest))} of the time",
    )
    if opened := st.session_state.pop("ranked:opened", None):
        navigation.go("endpoint", **opened)
    panels.footer("overview", ranking.queries, rows)


def _matches(row: "Endpoint", text: str) -> bool:
    return text in f"{row.service} {row.endpoint}".casefold()


def _open(row: "Endpoint") -> None:
    st.session_state["ranked:opened"] = {"endpoint": row.endpoint, "service": row.service}


def _columns(ranking: "Ranking", trends: "Rows[Trend]", kind: str) -> list[Shown]:
    over_time = {(each.service, each.kind, each.endpoint): each.total_time_s for each in trends}
    several = len({row.service for row in ranking}) > 1
    enough = any(not row.few_samples for row in ranking)
    of_web = [
        Shown("duplicate_share", "Duplicates", "percent"),
        Shown("avoidable_s", "Avoidable, s", "s"),
        *([Shown("apdex", "Apdex", value=lambda row: None if row.few_samples else row.apdex)] if enough else []),
    ]
    return [
        Shown("endpoint", "Job" if kind == "job" else "Endpoint", "name"),
        *([Shown("service", "Service", "text")] if several else []),
        Shown("time_share", "Share of time", "bar"),
        Shown(
            "total_time_s",
            "Over time",
            "trend",
            lambda row: np.array(over_time.get((row.service, row.kind, row.endpoint), ()), dtype=np.float32),
            "total time of what started in each stretch of the window",
        ),
        Shown("total_time_s", "Total, s", "s"),
        Shown("requests", "Runs" if kind == "job" else "Requests"),
        Shown("throughput_rpm", "/ min"),
        Shown("mean_ms", "Mean, ms", "ms"),
        Shown("p95_ms", "p95, ms", "ms"),
        Shown("error_rate", "Errors", "percent"),
        *(of_web if kind == "web" else []),
        Shown("p50_ms", "p50, ms", "ms"),
        Shown("p99_ms", "p99, ms", "ms"),
        Shown("load_erlangs", "Load"),
    ]
