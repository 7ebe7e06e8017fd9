"""The samples that come with hotspan: which exam each tells of, on what day, and what makes a recording of it good."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hotspan_analysis import Traces
from hotspan_sample_traces.scenario import FIXED, HEALTHY_DAY, HOURLY_JOB, INCIDENT, Scenario

ENDING = ".jsonl.gz"
"""OTLP JSON, a span a line."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: the exam that is held for it, and the day on which the story takes place."""

    name: str
    scenario: Scenario
    day: datetime
    handed_in: int
    """How many tests are handed in when the story goes as it is told."""
    missed: int = 0
    """Requests that are answered with 404: what students without a class get."""
    incidents: int = 0
    """Incidents that are found in it: what comes before one and after it is calm."""
    as_store: bool = False
    """Kept as a DuckDB file, too."""

    @property
    def day_ns(self) -> int:
        """The midnight before the story, in nanoseconds since the epoch, UTC."""
        return int(self.day.timestamp()) * 10**9

    def flaw(self, traces: Traces, handed_in: int) -> str | None:
        """Why the exam that was held, and what was seen of it, is not this sample's story; None when it is."""
        failed = sum(row.errors for row in traces.endpoints())
        missed = sum(row.requests for row in traces.endpoints(status="404"))
        incidents = len(traces.storms().incidents)
        if failed:
            return f"{failed} requests ended in an error"
        if handed_in != self.handed_in:
            return f"{handed_in} tests were handed in, not {self.handed_in}"
        if missed != self.missed:
            return f"{missed} requests were answered with 404, not {self.missed}"
        if incidents != self.incidents:
            return f"{incidents} incidents are found in it, not {self.incidents}"
        return None


def _march(day: int) -> datetime:
    """A day of the week from Monday, 2 March 2026, on."""
    return datetime(2026, 3, day, tzinfo=UTC)


_EARLY = 12


def _after_a_calm_while(scenario: Scenario) -> Scenario:
    """The same exam at the same time of day; before it, others take the test one by one, so that calm is seen too."""
    longer = replace(scenario, early=_EARLY)
    return replace(longer, story_start_s=scenario.story_start_s - longer.early_for_s)


SAMPLES = (
    Sample("exam_incident", _after_a_calm_while(INCIDENT), _march(2), handed_in=_EARLY, incidents=1, as_store=True),
    Sample("exam_fixed", _after_a_calm_while(FIXED), _march(3), handed_in=_EARLY + 15),
    Sample("hourly_job", HOURLY_JOB, _march(4), handed_in=39, missed=6),
    Sample("healthy_day", HEALTHY_DAY, _march(5), handed_in=72),
)
"""In the order in which they are recorded."""
