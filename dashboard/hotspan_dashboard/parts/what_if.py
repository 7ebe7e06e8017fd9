"""What would fix it? The incident replayed with its clients fixed, a faster endpoint, more workers; or why nobody can tell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis import fit_words
from hotspan_analysis.replay import Change
from hotspan_analysis.scenarios import combined
from hotspan_analysis.steady_state import STABLE
from hotspan_analysis.texts import count, duration
from hotspan_dashboard import markup, panels, tables
from hotspan_dashboard.names import shown
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.what_if_results import Advice, Scenario, WhatIf
    from hotspan_dashboard.parts.incident import Story

LONGEST_ANSWER = 600
MOST_WORKERS = 16


def show(view: View, story: "Story") -> None:
    """The verdict, each change by itself and all of them together, what to do, and how the answer was found."""
    markup.heading(
        "What would fix it?",
        "Server and clients are found from these requests and replayed, 20 times each: the median, and the band of four "
        "of five.",
    )
    if view.live:
        markup.say("Switch Live off to have the incident replayed.", "note")
        return
    changes = _chosen()
    with st.spinner("Replaying the incident"):
        found: WhatIf = view.ask("what_if", window=view.window, incident=story.incident, changes=changes)
    if found.refusal is not None:
        markup.say(shown(f"No answer: {found.refusal}.", LONGEST_ANSWER), "note")
    else:
        _answer(found)
    if found.fit is not None:
        markup.say(" ".join(fit_words.sentences(found.fit)), small=True)
    panels.footer("what-if", found.queries, found.scenarios)


def _chosen() -> Sequence[Change]:
    """What the sliders say: each change by itself, and all of them together."""
    with st.form("what-if", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        speedup = st.slider("Times faster", 1.0, 10.0, 2.0, 0.5, key="faster", bind="query-params", width=220)
        workers = st.slider("More workers", 0, MOST_WORKERS, 2, key="workers", bind="query-params", width=220)
        fix = st.checkbox("Clients fixed", value=True, key="fixed", bind="query-params")
        st.form_submit_button("Apply")
    changes = combined(fix, speedup, float(workers))
    together = changes[-1:] if len(changes) > 1 else []
    return [*(each for each in changes if sum(_parts(each)) == 1), *together]


def _parts(change: Change) -> tuple[bool, bool, bool]:
    return change.fix_clients, change.speedup != 1, change.workers != 0


def _answer(found: "WhatIf") -> None:
    before = found.scenarios[1]
    markup.say(shown(found.summary, LONGEST_ANSWER), "good" if before.verdict == STABLE else "bad")
    tables.show(found.scenarios, _COLUMNS, key="scenarios", alt="The incident as it was and with each of the changes")
    markup.say(f"{fit_words.workers(before)} Estimates: the incident replayed, not the future.", small=True)
    with st.expander("What to do, what saves most first"):
        markup.points([(f"{number}. {each.remedy}", _said(each)) for number, each in enumerate(found.advice, 1)])


def _said(each: "Advice") -> str:
    return f"{each.text} {each.where[0].upper()}{each.where[1:]}: {each.pattern}"


def _band(row: "Scenario") -> str:
    return "" if not row.runs else f"{count(round(row.in_flight_low_s))} to {count(round(row.in_flight_high_s))}"


_COLUMNS = [
    Shown("scenario", "Scenario", "name"),
    Shown("requests", "Requests"),
    Shown("in_flight_s", "In flight, s", "s"),
    Shown("in_flight_low_s", "Band, s", "text", _band, "10th to 90th percentile of the replays"),
    Shown("mean_s", "Mean, s", "s"),
    Shown("p95_s", "p95, s", "s"),
    Shown("operations", "Answered"),
    Shown(
        "recovery_s", "Recovers in", "text", lambda row: duration(row.recovery_s) if row.recovers >= 0.5 else "never"
    ),
    Shown("busy", "Busy", "percent"),
    Shown("worst", "At worst", "percent"),
    Shown("verdict", "Verdict", "text"),
]
