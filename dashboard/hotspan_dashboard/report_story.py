"""Everything an incident review wants to know of one window, asked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hotspan_analysis.window import SECOND_NS, Window
from hotspan_dashboard.finding import Finding, finding

if TYPE_CHECKING:
    from hotspan_analysis import Traces
    from hotspan_analysis.bounds import When
    from hotspan_analysis.breakdown import Breakdown
    from hotspan_analysis.endpoints import Endpoint, Ranking
    from hotspan_analysis.feedback import Feedback
    from hotspan_analysis.lanes import Lanes
    from hotspan_analysis.results import Query, Rows
    from hotspan_analysis.storm_results import Incident, Storm, StormReport
    from hotspan_analysis.timeline import Cell, Timeline
    from hotspan_analysis.waterfall import Waterfall
    from hotspan_analysis.what_if_results import WhatIf

_COLUMNS: Final = 200
_BUCKETS: Final = 60
_AROUND: Final = 0.1
"""So much of an incident's length is shown before it and after it."""


@dataclass(frozen=True, slots=True)
class EndpointStory:
    """One endpoint over the window."""

    row: "Endpoint"
    timeline: "Timeline"
    fine: "Timeline"
    cells: "Rows[Cell]"
    parts: "Breakdown"
    slowest: "Waterfall | None"
    """The slowest request that left a trace."""


@dataclass(frozen=True, slots=True)
class IncidentStory:
    """One incident, and its worst client as an example."""

    incident: "Incident"
    storms: "Sequence[Storm]"
    in_flight: "Timeline"
    worst: "Lanes"
    everybody: "Lanes"
    feedback: "Feedback"
    what_if: "WhatIf"


@dataclass(frozen=True, slots=True)
class Story:
    """A window, what happened in it, and the endpoint that it is about."""

    window: Window
    ranking: "Ranking"
    report: "StormReport"
    endpoint: EndpointStory | None
    incident: IncidentStory | None

    @property
    def finding(self) -> Finding:
        """The one sentence to remember."""
        return finding(self.ranking, self.report)

    @property
    def queries(self) -> "list[Query]":
        """What was asked, without what was only kept for another question."""
        return [query for query in (*self.ranking.queries, *self.report.queries) if not query.kept_as]


def story(traces: "Traces", when: "When" = None) -> Story:
    """Asks for a window, all the data by default; the endpoint is that of the first incident, else the costliest."""
    window = traces.window(when)
    ranking, report = traces.endpoints(window), traces.storms(window)
    incident = report.incidents[0] if report.incidents else None
    row = _worst_row(ranking, incident)
    return Story(
        window,
        ranking,
        report,
        _endpoint(traces, window, row) if row else None,
        _incident(traces, window, incident, report.storms_of(incident)) if incident else None,
    )


def _worst_row(ranking: "Ranking", incident: "Incident | None") -> "Endpoint | None":
    if incident:
        return next(row for row in ranking if (row.service, row.endpoint) == (incident.service, incident.endpoint))
    return next((row for row in ranking if row.kind == "web"), ranking[0] if ranking else None)


def _endpoint(traces: "Traces", window: Window, row: "Endpoint") -> EndpointStory:
    slow = traces.slowest(row.endpoint, window, service=row.service)
    traced = next((each.trace_id for each in slow if each.trace_id and each.spans), None)
    return EndpointStory(
        row,
        traces.timeline(window, buckets=_BUCKETS, endpoint=row.endpoint, service=row.service),
        traces.timeline(window, buckets=_COLUMNS, endpoint=row.endpoint, service=row.service),
        traces.histogram(window, buckets=_COLUMNS, endpoint=row.endpoint, service=row.service),
        traces.breakdown(row.endpoint, window, service=row.service),
        traces.trace(traced) if traced else None,
    )


def _incident(traces: "Traces", window: Window, incident: "Incident", storms: "Sequence[Storm]") -> IncidentStory:
    close = _close_up(window, incident)
    about = {"endpoint": incident.endpoint, "service": incident.service}
    return IncidentStory(
        incident,
        storms,
        traces.timeline(close, buckets=2 * _BUCKETS, **about),
        traces.lanes(close, client=storms[0].client, **about),
        traces.lanes(close, **about),
        traces.feedback(incident.endpoint, window, service=incident.service),
        traces.what_if(window=window, incident=incident),
    )


def _close_up(window: Window, incident: "Incident") -> Window:
    """From a little before the first duplicate to a little after the last answer, in whole seconds of the window."""
    from hotspan_analysis.storm_results import epoch_ns

    from_ns, to_ns = epoch_ns(incident.start), epoch_ns(incident.drained)
    margin_ns = max(round((to_ns - from_ns) * _AROUND), SECOND_NS)
    from_ns, to_ns = max(from_ns - margin_ns, window.from_ns), min(to_ns + margin_ns, window.to_ns)
    return Window(from_ns - from_ns % SECOND_NS, max(to_ns, from_ns + SECOND_NS))
