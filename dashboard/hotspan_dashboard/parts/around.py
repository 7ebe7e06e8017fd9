"""What ran at 09:40? Requests, jobs and database writes of one minute, what of it is unusual, and the lanes of all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis.around import moment_meant
from hotspan_analysis.texts import count, counted
from hotspan_dashboard import markup, panels, tables
from hotspan_dashboard.names import shown
from hotspan_dashboard.parts import lanes_panel
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.activity import Activity
    from hotspan_analysis.around import Around

LENGTHS = ("1m", "5m", "15m")


def show(view: View) -> None:
    """The question, and its answer once it is asked."""
    markup.heading("What ran at 09:40?", "Requests, jobs and database writes of that minute, against all other hours.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("At", key="at", bind="query-params", placeholder="09:40", width=220)
        st.segmented_control(
            "For", LENGTHS, default="1m", required=True, key="length", bind="query-params", help="How long a stretch."
        )
    moment = (st.session_state.get("at") or "").strip()
    if moment:
        _answer(view, moment, st.session_state["length"])


def _answer(view: View, moment: str, length: str) -> None:
    moment_ns = moment_meant(moment, view.data, view.zone)
    if not view.data.contains(moment_ns):
        asked = f"{view.clock(moment_ns, date=True)} {view.zone_name}"
        markup.say(f"{asked} is outside of the data, which reach from {view.stretch(view.data)}.", "note")
        return
    found: Around = view.ask("around", moment_ns, view.data, length=length, zone=view.zone)
    stretch = found.stretch
    others = f"the same minute of {counted(stretch.hours, 'other hour')} and {count(stretch.near)} others nearby"
    markup.say(f"{view.stretch(stretch.window)}, compared with {others}.", small=True)
    unusual = [each for each in found.everything if each.unusual or each.unusual_errors or each.record_rows]
    for each in unusual[:5]:
        markup.say(_news(each), "bad")
    if not found.everything:
        markup.say("Nothing ran then.", "note")
        return
    if not unusual:
        markup.say("Nothing of it is unusual for this minute.", "good")
    _table("Database writes", found.writes, "writes")
    _table("Jobs", found.jobs, "jobs")
    _table("Requests", found.requests, "requests")
    panels.footer("around", found.queries, found.everything)
    markup.heading("Every request and job of it, side by side")
    lanes_panel.show_lanes(view, stretch.window, "around-lanes")


def _news(each: "Activity") -> str:
    name = shown(each.name, 120)
    usual = "never" if not each.usual else f"{each.usual:.2g} times"
    if each.unusual_errors:
        return f"{name}: {counted(each.errors, 'error')}, which is unusual."
    if each.record_rows and not each.unusual:
        return f"{name} changed {count(each.db_rows)} rows; at most {count(each.most_rows)} in any other hour."
    return f"{name} started {counted(each.started, 'time')}; usually {usual} in this minute."


def _table(title: str, rows: "Sequence[Activity]", key: str) -> None:
    if rows:
        markup.heading(f"{title}: {count(len(rows))}")
        tables.show(rows, _COLUMNS, key=f"around:{key}", alt=f"{title} in the stretch")


def _verdict(row: "Activity") -> str:
    words = [
        *(["unusual"] if row.unusual else []),
        *(["unusual errors"] if row.unusual_errors else []),
        *(["most rows ever"] if row.record_rows else []),
        *(["only now"] if row.only_now else []),
        *(["recurs at this minute"] if row.recurs else []),
    ]
    return ", ".join(words)


_COLUMNS = [
    Shown("name", "What", "name"),
    Shown("unusual", "Verdict", "text", _verdict, "what makes it stand out, if anything"),
    Shown("started", "Started"),
    Shown("usual", "Usual"),
    Shown("running", "Ran"),
    Shown("errors", "Errors"),
    Shown("db_rows", "Rows"),
    Shown("time_s", "Time, s", "s"),
    Shown("made_by", "By", "name"),
]
