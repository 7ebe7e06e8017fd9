"""The part of the report on what would fix the incident: each change by itself and all together, or why nobody can tell."""

from typing import TYPE_CHECKING, Final

from hotspan_analysis import fit_words, texts
from hotspan_dashboard.report_elements import Shown, paragraph, points, section, table

if TYPE_CHECKING:
    from hotspan_analysis.what_if_results import Scenario, WhatIf


def what_if(answer: "WhatIf") -> str:
    """The section as HTML."""
    found = "" if answer.fit is None else paragraph(" ".join(fit_words.sentences(answer.fit)))
    if answer.refusal is not None:
        return section("What would have fixed it", paragraph(f"No answer: {answer.refusal}."), found)
    return section(
        "What would have fixed it",
        paragraph(answer.summary),
        table(answer.scenarios, _SCENARIOS, "The incident as it was, and replayed with each change"),
        paragraph(fit_words.workers(answer.scenarios[0])),
        points(
            "What to do, what saves most first",
            [f"{each.remedy} ({each.where}): {each.text} {each.pattern}" for each in answer.advice],
            "remedies",
        ),
        found,
        under="Server and clients were found from the recorded requests and replayed 20 times for each line; a replay of what "
        "happened agrees with it within 20 % in every measure. These are estimates: the incident replayed, not the future.",
    )


def _band(low: float, high: float) -> str:
    return f"{texts.count(round(low))} to {texts.count(round(high))}"


_SCENARIOS: Final[list[Shown["Scenario"]]] = [
    Shown("What", lambda row: row.scenario, is_name=True),
    Shown("Requests", lambda row: texts.count(round(row.requests)), meaning="median of the replays"),
    Shown("(band)", lambda row: _band(row.requests_low, row.requests_high), meaning="10th to 90th percentile"),
    Shown("In flight", lambda row: f"{texts.count(round(row.in_flight_s))} s", meaning="sum of the durations"),
    Shown("(band)", lambda row: _band(row.in_flight_low_s, row.in_flight_high_s), meaning="10th to 90th percentile"),
    Shown("Mean", lambda row: texts.duration(row.mean_s)),
    Shown("p95", lambda row: texts.duration(row.p95_s)),
    Shown("Answered", lambda row: texts.count(round(row.operations)), meaning="operations that were answered"),
    Shown("Recovers in", lambda row: texts.duration(row.recovery_s) if row.recovers >= 0.5 else "never"),
    Shown("Busy", lambda row: texts.percent(row.busy), meaning="when all is well"),
    Shown("At worst", lambda row: texts.percent(row.worst), meaning="what its clients can ask for"),
    Shown("Verdict", lambda row: row.verdict),
]
