"""What storm detection answers, as plain data: storms, the incidents they make up, and the findings that are none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotspan_analysis.losses import Loss
from hotspan_analysis.results import Query, Rows, column
from hotspan_analysis.window import SECOND_NS, Window


@dataclass(frozen=True, slots=True)
class Storm:
    """One client that repeated its requests to one endpoint, from its first duplicate to its last."""

    service: str = column("Service", "service.name of the process that answered")
    endpoint: str = column("Endpoint", "METHOD route")
    client: str = column("Client", "keyed hash of the best identity known, 16 hex digits")
    client_tier: str = column("Tier", "what that identity rests on; an address may stand for many people")
    start: str = column("Start", "arrival of the first duplicate", "ISO 8601, UTC")
    end: str = column("End", "arrival of the last duplicate", "ISO 8601, UTC")
    mechanism: str = column("Mechanism", "how the client does it")
    attempts: int = column("Attempts", "requests of the operations concerned, first attempts included")
    operations: int = column("Operations", "what the client wanted: chains of attempts that belong together")
    duplicates: int = column("Duplicates", "attempts - operations")
    amplification: float = column("Amplification", "attempts / operations; retry budgets allow 1.1 to 1.2")
    peak_in_flight: int = column("Peak", "most requests of the client for one target open at one moment")
    resend_gap_s: float = column("Resend gap", "median distance from one attempt to the next", "s")
    acceleration: float | None = column(
        "Acceleration", "attempts per second while waiting / operations per second otherwise; 1 is no storm"
    )
    duplicate_in_flight_s: float = column(
        "Duplicate time", "in-flight seconds of these attempts beyond the first that was open", "s"
    )
    aborted: int = column("Aborted", "attempts that the client left before the response was complete")
    statuses: Mapping[str, int] = column("Statuses", "answers by status; `open` has none yet, `none` never got one")
    evidence: tuple[str, ...] = column("Evidence", "what speaks for it")
    counter_evidence: tuple[str, ...] = column(
        "Counter-evidence", "what speaks against it, or would explain it otherwise"
    )
    missing: tuple[str, ...] = column("Missing", "data that was not there, and what that cost")
    margins: tuple[Mapping[str, Any], ...] = column("Margins", "each test with the value found and the threshold")
    confidence: str = column("Confidence", "certain (a header says so), high, or suspected")
    rule: str = column("Rule", "the rule that decided")
    because: str = column("Because", "the facts that gave the mechanism its name")
    advice: str = column("Advice", "what would fix it")
    drained: str = column("Drained", "last answer: until then everybody pays", "ISO 8601, UTC")
    lasting: bool = column("Lasting", "still going on at the end of the window")
    in_flight_s: float = column("In flight", "sum of the durations of these attempts; not processor time", "s")
    timeline: tuple[Mapping[str, Any], ...] = column(
        "Timeline", "the longest chain: when each attempt was sent, and how it ended"
    )


@dataclass(frozen=True, slots=True)
class Incident:
    """Storms on one endpoint that touch in time."""

    service: str = column("Service", "service.name of the process that answered")
    endpoint: str = column("Endpoint", "METHOD route")
    start: str = column("Start", "first duplicate of the first storm", "ISO 8601, UTC")
    end: str = column("End", "last duplicate of the last storm", "ISO 8601, UTC")
    drained: str = column("Drained", "last answer", "ISO 8601, UTC")
    clients: int = column("Clients", "clients with a storm")
    only_addresses: bool = column("Only addresses", "nothing better than an address is known of any of them")
    mechanism: str = column("Mechanism", "the most frequent one")
    attempts: int = column("Attempts", "of all its storms")
    operations: int = column("Operations", "of all its storms")
    duplicates: int = column("Duplicates", "of all its storms")
    amplification: float = column("Amplification", "attempts / operations")
    duplicate_in_flight_s: float = column("Duplicate time", "of all its storms", "s")
    share_of_endpoint: float = column("Share", "their attempts / requests of the endpoint in that time", "0-1")
    others: int = column("Others", "other clients of the service in that time")
    others_p95_before_ms: float | None = column("Others before", "p95 of these in the same time before", "ms")
    others_p95_during_ms: float | None = column("Others during", "p95 of these during the incident", "ms")
    lasting: bool = column("Lasting", "still going on at the end of the window")
    summary: str = column("Summary", "the incident in one sentence")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of the kind that is no storm: a pile-up, a herd, a loop, a failing poller, polling."""

    kind: str = column("Kind", "pile_up, herd, hot_loop, failing_poller or polling")
    service: str = column("Service", "service.name of the process that answered")
    endpoint: str = column("Endpoint", "METHOD route")
    client: str | None = column("Client", "the client where it is one")
    client_tier: str | None = column("Tier", "what its identity rests on")
    clients: int = column("Clients", "how many clients it is about")
    start: str = column("Start", "first request", "ISO 8601, UTC")
    end: str = column("End", "last request", "ISO 8601, UTC")
    requests: int = column("Requests", "requests it is about")
    period_s: float | None = column("Period", "typical distance between them", "s")
    evidence: tuple[str, ...] = column("Evidence", "what it rests on")


class StormReport(Rows[Storm]):
    """The storms of one window, the costliest first, and everything else that was found in it."""

    def __init__(
        self,
        window: Window,
        storms: Iterable[Storm],
        incidents: Rows[Incident],
        findings: Rows[Finding],
        losses: Rows[Loss],
        queries: Iterable[Query] = (),
    ) -> None:
        super().__init__(Storm, storms, queries)
        self.window = window
        self.incidents = incidents
        self.findings = findings
        self.losses = losses

    @property
    def storms(self) -> Rows[Storm]:
        """The storms by themselves."""
        return self

    def storms_of(self, incident: Incident) -> list[Storm]:
        """The storms that an incident is made of, the costliest first, as they come."""
        first_ns, last_ns = epoch_ns(incident.start), epoch_ns(incident.end)
        return [
            storm
            for storm in self.storms
            if (storm.service, storm.endpoint) == (incident.service, incident.endpoint)
            and first_ns <= epoch_ns(storm.start) <= last_ns
        ]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "window": self.window.as_dict(),
            "storms": self.storms.as_dicts(),
            "incidents": self.incidents.as_dicts(),
            "findings": self.findings.as_dicts(),
            "losses": {"dropped": sum(loss.dropped for loss in self.losses), "reasons": self.losses.as_dicts()},
        }

    def _repr_html_(self) -> str:
        from hotspan_analysis.html_tables import bullets, section

        page = section("Incidents", self.incidents._repr_html_()) + section("Storms", super()._repr_html_())
        page += section("Findings that are no storms", self.findings._repr_html_())
        if self.incidents:
            page += section("In words", bullets([incident.summary for incident in self.incidents]))
        for worst in self[:1]:
            said = [*worst.evidence, *(f"But: {each}" for each in worst.counter_evidence), *worst.missing]
            page += section(
                f"Why client {worst.client} is said to do it by {worst.mechanism}",
                bullets([*said, f"Fix: {worst.advice}"]),
            )
        return page

    def __repr__(self) -> str:
        return f"<{len(self)} storms: {' '.join(each.summary for each in self.incidents) or 'nobody repeats requests'}>"


def epoch_ns(moment: str) -> int:
    """Nanoseconds since the epoch of an ISO 8601 moment as `iso` writes it."""
    whole, _, fraction = moment.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return seconds * SECOND_NS + int(fraction.ljust(9, "0") or 0)
