"""Retry storms: the incident as a story, what else repeats, and what is missing to be sure."""

from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis.storm_results import epoch_ns
from hotspan_analysis.texts import counted
from hotspan_dashboard import markup, navigation, panels, tables
from hotspan_dashboard.names import shown
from hotspan_dashboard.pages.overview import nothing_yet
from hotspan_dashboard.parts import incident
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.storm_results import Finding, Incident, StormReport

KINDS = {
    "pile_up": "piles up, at the pace of always",
    "hot_loop": "loops: an answer, and at once the same request",
    "failing_poller": "goes on asking for what only fails",
    "herd": "many clients within one second",
    "polling": "polls at a steady pace",
}


def show(view: View) -> None:
    """The page: the incident of the URL, or the one that cost most."""
    report: StormReport = view.ask("storms", view.window)
    if report.incidents:
        chosen = _chosen(view, report)
        incident.show(view, incident.story_of(report, chosen, st.query_params.get("client")))
    elif view.ask("endpoints", view.window, sort="time"):
        markup.say("No client repeats its requests in a storm.", "good")
        navigation.link("overview", "See what takes the time")
    else:
        nothing_yet(view)
        return
    _findings(view, report)


def _chosen(view: View, report: "StormReport") -> "Incident":
    """The incident of the URL; with several, a control that chooses another one."""
    keys = [_key(each) for each in report.incidents]
    asked = (st.query_params.get("service"), st.query_params.get("endpoint"), st.query_params.get("since"))
    at = keys.index(asked) if asked in keys else _of_endpoint(keys, asked)
    if len(keys) > 1:
        st.session_state["storms:chosen"] = at
        st.selectbox(
            counted(len(keys), "incident"),
            range(len(keys)),
            key="storms:chosen",
            format_func=lambda number: _named(view, report.incidents[number]),
            on_change=_choose,
            args=(keys,),
        )
    return report.incidents[at]


def _of_endpoint(keys: "list[tuple[str, str, str]]", asked: tuple[str | None, ...]) -> int:
    """The costliest of the endpoint asked for: a live incident has another start when more of it is found."""
    return next((number for number, key in enumerate(keys) if key[:2] == asked[:2]), 0)


def _key(each: "Incident") -> tuple[str, str, str]:
    return each.service, each.endpoint, each.start


def _choose(keys: "list[tuple[str, str, str]]") -> None:
    key = keys[st.session_state["storms:chosen"]]
    st.query_params.pop("client", None)
    st.query_params.update(dict(zip(("service", "endpoint", "since"), key, strict=True)))


def _named(view: View, each: "Incident") -> str:
    return (
        f"{shown(each.endpoint)}, {view.clock(epoch_ns(each.start))} {view.zone_name}, "
        f"{counted(each.clients, 'client')}, {each.mechanism}"
    )


def _findings(view: View, report: "StormReport") -> None:
    if not report.findings:
        return
    markup.heading("What else repeats", "These are no storms; each is told once, the gravest first.")
    tables.show(report.findings, _columns(view), key="findings", alt="Findings that are no storms", at_first=10)
    panels.footer("findings", report.queries, report.findings)


def _columns(view: View) -> list[Shown]:
    return [
        Shown("kind", "What", "name", lambda row: KINDS[row.kind], width=210),
        Shown("endpoint", "Endpoint", "name", width=260),
        Shown("evidence", "Why", "name", lambda row: " ".join(row.evidence), width=410),
        Shown("client", "Client", "text", _client),
        Shown("requests", "Requests"),
        Shown("period_s", "Every, s", "s"),
        Shown("start", f"Since, {view.zone_name}", "text", lambda row: view.clock(epoch_ns(row.start))),
    ]


def _client(row: "Finding") -> str:
    return row.client[:8] if row.client else counted(row.clients, "client")
