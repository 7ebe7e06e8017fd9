"""One incident: who, since when, by what mechanism, what speaks for it and against it, and what would fix it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis.storm_results import Incident, Storm, StormReport, epoch_ns
from hotspan_analysis.texts import count, counted, duration, percent, rate
from hotspan_analysis.window import SECOND_NS, Window
from hotspan_dashboard import figures, markup, panels, tables
from hotspan_dashboard.charts.demand import demand, verdict
from hotspan_dashboard.finding import LONGEST_SUMMARY
from hotspan_dashboard.names import shown
from hotspan_dashboard.parts import lanes_panel, what_if
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.feedback import Feedback

MECHANISMS = {
    "timer": "a timer that does not wait for the answer",
    "immediate_retry": "retries at once, without a pause",
    "fixed_interval": "retries at a fixed interval",
    "backoff": "retries that back off",
    "backoff_jitter": "retries that back off with jitter",
    "timeout_resend": "resending after its own timeout",
    "impatient_user": "a person who clicks again",
    "hedging": "hedged requests",
    "gateway": "retries of a gateway",
}
CONFIDENCES = {
    "certain": "Certain: a header of its requests says so.",
    "high": "High: every test that could be made was passed.",
    "suspected": "Suspected: something that would make it sure was not recorded.",
}
BEFORE_SHARE = 0.1
"""So much of its length is shown before the first duplicate and after the last answer."""


@dataclass(frozen=True)
class Story:
    """An incident, its storms (the costliest first), and the one whose lanes are shown."""

    report: StormReport
    incident: Incident
    storms: Sequence[Storm]
    worst: Storm

    @property
    def window(self) -> Window:
        """From some time before the first duplicate to some time after the last answer."""
        first_ns = epoch_ns(self.incident.start) - round(2 * self.worst.resend_gap_s * SECOND_NS)
        last_ns = epoch_ns(self.incident.drained)
        margin_ns = max(round((last_ns - first_ns) * BEFORE_SHARE), SECOND_NS)
        return Window(first_ns - margin_ns, last_ns + margin_ns)


def story_of(report: StormReport, incident: Incident, client: str | None) -> Story:
    """The incident with its storms; `client` is the one looked at, the worst if it is none of them."""
    mine = report.storms_of(incident)
    return Story(report, incident, mine, next((storm for storm in mine if storm.client == client), mine[0]))


def show(view: View, story: Story) -> None:
    """The story in one screen."""
    _sentences(view, story)
    _figures(story)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _lanes(view, story)
    with right:
        _evidence(story)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _demand(view, story)
    with right:
        _clients(view, story)
    what_if.show(view, story)


def _sentences(view: View, story: Story) -> None:
    incident = story.incident
    until = "and lasts" if incident.lasting else f"to {view.clock(epoch_ns(incident.end))}"
    drained = "" if incident.lasting else f"; the last answer came at {view.clock(epoch_ns(incident.drained))}"
    since = view.clock(epoch_ns(incident.start), date=True)
    markup.say(shown(incident.summary, LONGEST_SUMMARY), "bad")
    markup.say(f"Since {since} {until} {view.zone_name}{drained}. {_others(incident)}")
    markup.say(f"Fix: {story.worst.advice}", "good")


def _others(incident: Incident) -> str:
    before, during = incident.others_p95_before_ms, incident.others_p95_during_ms
    if before is None or during is None:
        return ""
    return (
        f"{counted(incident.others, 'other client')} of {shown(incident.service, 40)}: p95 of "
        f"{duration(before / 1e3)} before, {duration(during / 1e3)} during it."
    )


def _figures(story: Story) -> None:
    incident, worst = story.incident, story.worst
    with st.grid(6, min_column_width=150, key="figures"):
        for label, value, beside in (
            ("Clients", count(incident.clients), "known by address only" if incident.only_addresses else "told apart"),
            (
                "Amplification",
                f"x{rate(incident.amplification)}",
                f"{count(incident.attempts)} sent, {count(incident.operations)} needed",
            ),
            (
                "Duplicates",
                count(incident.duplicates),
                f"{percent(incident.share_of_endpoint)} of the endpoint",
            ),
            ("Duplicate time", duration(incident.duplicate_in_flight_s), "in flight, summed up"),
            ("Sent again every", duration(worst.resend_gap_s), incident.mechanism.replace("_", " ")),
            ("Open at once", count(worst.peak_in_flight), "by the client below"),
        ):
            st.metric(label, value, delta=beside, delta_color="off", delta_arrow="off", border=True, height="stretch")


def _lanes(view: View, story: Story) -> None:
    worst = story.worst
    markup.heading(
        f"Client {worst.client[:8]}, request by request",
        "Above: everything in flight on this endpoint. Below: this client; a hatched bar was sent while an earlier one "
        "was still open.",
    )
    above = {"endpoint": worst.endpoint, "service": worst.service}
    lanes_panel.show(view, story.window, "storm-lanes", above, **above, client=worst.client)


def _evidence(story: Story) -> None:
    worst = story.worst
    markup.heading("Why this is a storm", f"Client {worst.client[:8]}, known by its {worst.client_tier}.")
    mechanism = MECHANISMS.get(worst.mechanism, worst.mechanism)
    markup.points(
        [
            ("How", f"{mechanism[0].upper()}{mechanism[1:]} ({worst.mechanism}): {worst.because}."),
            ("How sure", CONFIDENCES.get(worst.confidence, worst.confidence)),
            *(("For it", each) for each in worst.evidence),
            *(("Against", each) for each in worst.counter_evidence or ("Nothing that was recorded.",)),
            *(("Missing", each) for each in worst.missing),
        ]
    )
    opened = st.expander("Each test with its threshold", key="tests", on_change="rerun")
    if not opened.open:
        return
    with opened:
        rows = [
            {"Test": each["test"], "Found": each["value"], "Threshold": each["threshold"], "Passed": each["passed"]}
            for each in worst.margins
        ]
        st.dataframe(rows, hide_index=True, key="margins", alt="Each test, the value found and the threshold")


def _demand(view: View, story: Story) -> None:
    incident = story.incident
    found: Feedback = view.ask("feedback", incident.endpoint, story.window, service=incident.service)
    markup.heading("Did the server get slower, or only the queue longer?", verdict(found))
    figures.show(demand(found, view.clock_zone), "demand")
    panels.footer("demand", found.queries, found.points)


def _clients(view: View, story: Story) -> None:
    markup.heading("Who", "Choose a client to see its requests above.")
    tables.show(
        story.storms,
        _columns(view),
        key="storms",
        picked=_choose,
        height=290,
        at_first=25,
        alt="The clients of this incident, the costliest first; choose one to see its requests",
    )
    panels.footer("storms", story.report.queries, story.report)


def _choose(row: Storm) -> None:
    st.query_params["client"] = row.client


def _columns(view: View) -> list[Shown]:
    return [
        Shown("client", "Client", "text", lambda row: row.client[:8]),
        Shown("attempts", "Attempts"),
        Shown("amplification", "Ampl."),
        Shown("peak_in_flight", "At once"),
        Shown("resend_gap_s", "Every, s", "s"),
        Shown("mechanism", "Mechanism", "text"),
        Shown("start", f"Since, {view.zone_name}", "text", lambda row: view.clock(epoch_ns(row.start))),
        Shown("confidence", "Sure", "text"),
        Shown("client_tier", "Known by", "text"),
    ]
