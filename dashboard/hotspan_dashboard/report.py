"""The report for an incident review: one HTML file that needs nothing else, neither a server nor a network."""

import re
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hotspan_analysis import texts
from hotspan_analysis.results import percentile_error
from hotspan_collector.export import appearing
from hotspan_dashboard.charts.breakdown import breakdown
from hotspan_dashboard.charts.demand import demand
from hotspan_dashboard.charts.heatmap import heatmap
from hotspan_dashboard.charts.in_flight import in_flight
from hotspan_dashboard.charts.lanes import lanes
from hotspan_dashboard.charts.percentiles import percentiles
from hotspan_dashboard.charts.waterfall import waterfall
from hotspan_dashboard.report_elements import (
    Shown,
    chart,
    code,
    figures,
    folded,
    paragraph,
    plain,
    points,
    section,
    table,
)
from hotspan_dashboard.report_story import EndpointStory, IncidentStory, Story, story
from hotspan_dashboard.report_what_if import what_if

if TYPE_CHECKING:
    from hotspan_analysis import Traces
    from hotspan_analysis.bounds import When
    from hotspan_analysis.endpoints import Endpoint
    from hotspan_analysis.storm_results import Finding, Storm

_SHORT_ID: Final = 8


def write_report(traces: "Traces", target: Path, *, source: str, when: "When" = None) -> Story:
    """Writes the report of a window (all the data by default) to a file, which appears whole or not at all.

    `source` is what the reader is told the data came from. Gives back what was found. Raises BadInputError where the
    file cannot be written.
    """
    told = story(traces, when)
    with appearing(target) as draft:
        draft.write_text(page(told, source), encoding="utf-8")
    return told


def page(told: Story, source: str) -> str:
    """The report as HTML: 4.8 MB of it are Plotly, so that it opens without a network."""
    from plotly.offline import get_plotlyjs

    values = {
        "title": plain(f"{_title(told)}, {texts.stretch(told.window.from_ns, told.window.to_ns, UTC)}"),
        "body": "".join(_body(told, source)),
        "plotly": get_plotlyjs().replace("</script", "<\\/script"),
    }
    template = files("hotspan_dashboard").joinpath("report.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def _title(told: Story) -> str:
    return "Incident report" if told.incident else "Performance report"


def _body(told: Story, source: str) -> list[str]:
    parts = [_head(told, source)]
    if told.incident:
        parts += [_storm(told.incident), what_if(told.incident.what_if)]
    parts.append(_ranking(told))
    if told.endpoint:
        parts.append(_endpoint(told.endpoint))
    parts += [_findings(told), _making(told, source)]
    return parts


def _head(told: Story, source: str) -> str:
    total = told.ranking.totals.everything
    losses = sum(loss.dropped for loss in told.ranking.losses)
    alarm = " alarm" if told.incident else ""
    return (
        f"<header><h1>{plain(_title(told))}</h1>"
        + paragraph(f"{texts.stretch(told.window.from_ns, told.window.to_ns, UTC)}. All times are UTC.")
        + paragraph(f"From {source}: {texts.counted(total.requests, 'request')} and runs of jobs.")
        + paragraph(told.finding.sentence, f"headline{alarm}")
        + (paragraph(f"{texts.count(losses)} rows were dropped on the way in, see the end.") if losses else "")
        + "".join(paragraph(f"Mind: {each.message}") for each in told.ranking.warnings)
        + "</header>"
    )


def _storm(told: IncidentStory) -> str:
    incident, worst = told.incident, told.storms[0]
    example = f"client {worst.client[:_SHORT_ID]}"
    return section(
        "The storm",
        figures(_figures(told)),
        paragraph(_others(told)),
        chart(in_flight(told.in_flight), f"Open requests to {incident.endpoint}", "in-flight"),
        chart(lanes(told.worst), f"What {example} sent: each bar a request, from its arrival to its end", "lanes"),
        chart(lanes(told.everybody), "The same of every client of this endpoint", "all-lanes")
        if len(told.storms) > 1
        else "",
        chart(demand(told.feedback), "Did the server become slower, or only the queue longer?", "demand"),
        points(f"What speaks for a storm ({example}, {worst.confidence})", _for(worst), "for"),
        points("What speaks against it, or would explain it otherwise", _against(worst), "against"),
        points("What could not be seen", worst.missing, "missing"),
        points("What would fix it", [worst.advice], "fix"),
        table(told.storms, _STORMS, "Its clients, the costliest first"),
    )


def _figures(told: IncidentStory) -> dict[str, str]:
    incident = told.incident
    return {
        "first duplicate": incident.start[11:19],
        "last duplicate": "still going on" if incident.lasting else incident.end[11:19],
        "last answer": incident.drained[11:19],
        "clients": texts.count(incident.clients),
        "requests": texts.count(incident.attempts),
        "needed": texts.count(incident.operations),
        "amplification": f"x{texts.rate(incident.amplification)}",
        "in-flight time of duplicates": texts.duration(incident.duplicate_in_flight_s),
    }


def _others(told: IncidentStory) -> str:
    incident = told.incident
    before_ms, during_ms = incident.others_p95_before_ms, incident.others_p95_during_ms
    if before_ms is None or during_ms is None:
        return "Nothing is known of what other clients noticed."
    return (
        f"{texts.counted(incident.others, 'other client')} of {incident.service} waited for it: their p95 was "
        f"{texts.duration(before_ms / 1e3)} before and {texts.duration(during_ms / 1e3)} during it."
    )


def _for(storm: "Storm") -> list[str]:
    return [f"{storm.mechanism}: {storm.because}.", *storm.evidence]


def _against(storm: "Storm") -> list[str]:
    return list(storm.counter_evidence) or ["Nothing that was looked for."]


def _ranking(told: Story) -> str:
    return section(
        "Where the server's time went",
        table(told.ranking, _ENDPOINTS, "Endpoints and jobs by time, shares among their kind"),
        under="Time is the sum of the durations; what was still open counts up to the end of the data. Headings explain "
        f"themselves when pointed at. {texts.percentiles_within(percentile_error(told.ranking.queries))}".rstrip(),
    )


def _endpoint(told: EndpointStory) -> str:
    trace = (
        chart(waterfall(told.slowest), "Its slowest request that left a trace, span by span", "waterfall")
        if told.slowest
        else ""
    )
    return section(
        told.row.endpoint,
        chart(heatmap(told.fine, told.cells), "How long requests took", "heatmap"),
        chart(percentiles(told.timeline), "Percentiles and rate", "percentiles"),
        chart(breakdown(told.parts), "Where the time of a request goes", "breakdown"),
        trace,
        under=f"{told.row.service}: {texts.counted(told.row.requests, 'request')}, p95 "
        f"{texts.duration(told.row.p95_ms / 1e3)}, {texts.counted(told.row.errors, 'error')}.",
    )


def _findings(told: Story) -> str:
    if not told.report.findings:
        return section("Other findings", paragraph("None: no pile-up, herd, loop, failing poller or polling."))
    return section("Other findings", table(told.report.findings, _FINDINGS, "Not storms, but worth knowing"))


def _making(told: Story, source: str) -> str:
    made = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    dropped = [f"{texts.count(loss.dropped)} {loss.what}: {loss.reason}" for loss in told.ranking.losses]
    explained = "\n".join(
        f"{each.title}: {each.formula}{f' ({each.unit})' if each.unit else ''}" for each in told.ranking.columns
    )
    return section(
        "How this was made",
        paragraph(f"By hotspan {version('hotspan')} from {source}, {made}."),
        points("Dropped on the way in", dropped or ["Nothing."], "missing"),
        folded("What the columns mean", code(explained)),
        folded("The queries behind it", code("\n".join(query.script() for query in told.queries))),
        paragraph(
            "This file is complete: it asks no other host for anything. About 4.8 MB of it are plotly.js (MIT licence), "
            "which draws the charts.",
            "under",
        ),
    )


_ENDPOINTS: Final[list[Shown["Endpoint"]]] = [
    Shown("Endpoint", lambda row: row.endpoint, is_name=True, meaning="METHOD route, or the name of a job"),
    Shown("Time", lambda row: texts.duration(row.total_time_s), meaning="sum of the durations"),
    Shown("Share", lambda row: texts.percent(row.time_share), meaning="of the time of everything of the same kind"),
    Shown("Requests", lambda row: texts.count(row.requests), meaning="that started in the window"),
    Shown("/min", lambda row: texts.rate(row.throughput_rpm), meaning="requests / length of the window"),
    Shown("p50", lambda row: texts.duration(row.p50_ms / 1e3), meaning="median duration"),
    Shown("p95", lambda row: texts.duration(row.p95_ms / 1e3), meaning="95th percentile of the durations"),
    Shown("Errors", lambda row: texts.some(row.errors), meaning="status of 500 and above, or the app raised"),
    Shown(
        "Duplicates",
        lambda row: texts.some_percent(row.duplicate_share),
        meaning="sent while an earlier one of the same client for the same target was open",
    ),
    Shown("Kind", lambda row: row.kind.replace("_", " "), meaning="web, job, or held open: streams and WebSockets"),
    Shown("Service", lambda row: row.service, is_name=True),
]
_STORMS: Final[list[Shown["Storm"]]] = [
    Shown("Client", lambda row: row.client[:_SHORT_ID], is_name=True, meaning="keyed hash: no address, no name"),
    Shown("Mechanism", lambda row: row.mechanism),
    Shown("Attempts", lambda row: texts.count(row.attempts), meaning="requests, first attempts included"),
    Shown("Operations", lambda row: texts.count(row.operations), meaning="what the client wanted"),
    Shown("Amplification", lambda row: f"x{texts.rate(row.amplification)}", meaning="attempts / operations"),
    Shown("At once", lambda row: texts.count(row.peak_in_flight), meaning="most open at one moment for one target"),
    Shown("Every", lambda row: texts.duration(row.resend_gap_s), meaning="median from one attempt to the next"),
    Shown("Duplicate time", lambda row: texts.duration(row.duplicate_in_flight_s)),
    Shown("From", lambda row: row.start[11:19]),
    Shown("To", lambda row: row.end[11:19]),
    Shown("Sure", lambda row: row.confidence),
]
_FINDINGS: Final[list[Shown["Finding"]]] = [
    Shown("What", lambda row: row.kind.replace("_", " ")),
    Shown("Endpoint", lambda row: row.endpoint, is_name=True),
    Shown("Who", lambda row: row.client[:_SHORT_ID] if row.client else texts.counted(row.clients, "client")),
    Shown("Requests", lambda row: texts.count(row.requests)),
    Shown("Every", lambda row: texts.duration(row.period_s)),
    Shown("From", lambda row: row.start[11:19]),
    Shown("To", lambda row: row.end[11:19]),
    Shown("Evidence", lambda row: " ".join(row.evidence), is_name=True),
]
