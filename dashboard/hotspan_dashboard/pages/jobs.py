"""Jobs: which run, by what rhythm, when next, and which are late, colliding or getting slower."""

from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis.texts import counted, duration
from hotspan_dashboard import markup, navigation, panels, tables
from hotspan_dashboard.names import shown
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.jobs import Job, Jobs


def show(view: View) -> None:
    """The page."""
    found: Jobs = view.ask("jobs", view.window, zone=view.zone)
    if not found:
        markup.say(
            "No job ran in this window. A job is a root span that is no request; `tracing` records them:", "note"
        )
        st.code('with tracer.start_as_current_span("sync roster"):\n    ...', language=None)
        return
    for sentence in _news(found):
        markup.say(sentence, "bad")
    markup.heading("Which run, and when", "Choose one to see where its time goes.")
    tables.show(found, _columns(view), key="jobs", picked=_open, alt="Jobs, the costliest first; choose one to open it")
    if opened := st.session_state.pop("jobs:opened", None):
        navigation.go("endpoint", **opened)
    panels.footer("jobs", found.queries, found)
    if found.overlaps:
        markup.heading("Which run at the same time")
        tables.show(found.overlaps, _OVERLAPS, key="overlaps", alt="Jobs that ran at the same time")
        panels.footer("overlaps", found.overlaps.queries, found.overlaps)


def _open(row: "Job") -> None:
    st.session_state["jobs:opened"] = {"endpoint": row.job, "service": row.service}


def _news(found: "Jobs") -> list[str]:
    """What is wrong, a sentence each."""
    said = []
    for row in found:
        name = shown(row.job, 60)
        if row.overdue:
            said.append(f"{name} is overdue: {counted(row.overdue, 'run')} should have started since the last one.")
        if row.overlapping_runs:
            said.append(f"{name} ran over itself {counted(row.overlapping_runs, 'time')}.")
        if row.trend == "longer" and row.trend_ms_per_day:
            said.append(f"{name} takes longer and longer: {duration(row.trend_ms_per_day / 1e3)} more each day.")
    return said


def _columns(view: View) -> list[Shown]:
    zone = view.zone_name
    return [
        Shown("job", "Job", "name"),
        Shown("service", "Service", "text"),
        Shown("period_s", "Every", "text", lambda row: duration(row.period_s) if row.recurring else "no rhythm"),
        Shown("minute", "At minute"),
        Shown("last_run_ns", f"Last run, {zone}", "text", lambda row: view.clock(row.last_run_ns, date=True)),
        Shown(
            "next_due_ns",
            f"Next due, {zone}",
            "text",
            lambda row: None if row.next_due_ns is None else view.clock(row.next_due_ns, date=True),
        ),
        Shown("runs", "Runs"),
        Shown("missed", "Missed"),
        Shown("errors", "Errors"),
        Shown("total_time_s", "Total, s", "s"),
        Shown("mean_ms", "Mean, ms", "ms"),
        Shown("max_ms", "Max, ms", "ms"),
        Shown("trend", "Trend", "text"),
    ]


_OVERLAPS = [
    Shown("job", "Job", "name"),
    Shown("other_job", "Runs beside", "name"),
    Shown("times", "Times"),
    Shown("together_s", "Together, s", "s"),
]
