"""The one sentence on top, of a page and of a report: the worst thing there is, and where to look next."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from hotspan_analysis.texts import count, counted, duration, percent
from hotspan_dashboard.names import shown

if TYPE_CHECKING:
    from hotspan_analysis.endpoints import Endpoint, Ranking
    from hotspan_analysis.storm_results import Incident, StormReport

MANY_ERRORS: Final = 0.05
"""From this share on, errors are the news."""
LONGEST_SUMMARY: Final = 400
"""Characters: there is one name in it."""


@dataclass(frozen=True)
class Finding:
    """A sentence, how grave it is, and the page that says more."""

    sentence: str
    tone: Literal["bad", "good", "note"]
    page: str = ""
    label: str = ""
    query: dict[str, str] = field(default_factory=dict)


def finding(ranking: "Ranking", report: "StormReport", where: str = "") -> Finding:
    """A storm if there is one, else the endpoint with errors, else where the time goes.

    `where` says in what part of the ranking's window storms were looked for, if not in all of it.
    """
    if report.incidents:
        return _storm(report.incidents[0], len(report.incidents))
    web = [row for row in ranking if row.kind == "web"] or list(ranking)
    if not web:
        return Finding("Nothing started in this window.", "note")
    failing = max(web, key=lambda row: row.errors)
    if failing.errors and failing.error_rate >= MANY_ERRORS:
        return _endpoint(
            failing,
            f"{percent(failing.error_rate)} of {counted(failing.requests, 'request')} to {shown(failing.endpoint)} failed. "
            f"No client repeats its requests in a storm{where}.",
            "bad",
        )
    costly = max(web, key=lambda row: row.total_time_ns)
    return _endpoint(
        costly,
        f"{shown(costly.endpoint)} takes {percent(costly.time_share)} of the time: {counted(costly.requests, 'request')}, "
        f"{duration(costly.mean_ms / 1e3)} on average. No client repeats its requests in a storm{where}.",
        "good",
    )


def _storm(incident: "Incident", incidents: int) -> Finding:
    more = f" And {count(incidents - 1)} more." if incidents > 1 else ""
    return Finding(
        f"Retry storm: {shown(incident.summary, LONGEST_SUMMARY)}{more}",
        "bad",
        "storms",
        "See who, since when and how",
        {"service": incident.service, "endpoint": incident.endpoint, "since": incident.start},
    )


def _endpoint(row: "Endpoint", sentence: str, tone: Literal["bad", "good"]) -> Finding:
    return Finding(sentence, tone, "endpoint", "Look into it", {"endpoint": row.endpoint, "service": row.service})
