"""What `what_if` answers, as plain data: the fit, its errors, a row for each scenario, and advice in the order of effect."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hotspan_analysis.results import Column, Query, Rows, as_dict, column
from hotspan_analysis.window import Window


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way things could have gone, or how they did: medians of the replays, and the band that holds four of five."""

    scenario: str = column("Scenario", "observed, as it was (replayed), or what is different")
    fix_clients: bool = column("Clients fixed", "no client sends again while it waits for an answer")
    speedup: float = column("Speedup", "a request of the endpoint needs that many times less work")
    workers: float = column("Workers", "requests the server works on at once, those added included")
    runs: int = column("Runs", "replays; 0 for what was observed")
    requests: float = column("Requests", "requests to the endpoint, median")
    requests_low: float = column("Requests from", "10th percentile of the replays")
    requests_high: float = column("Requests to", "90th percentile of the replays")
    in_flight_s: float = column("In flight", "sum of the durations, up to the end of the window, median", "s")
    in_flight_low_s: float = column("In flight from", "10th percentile of the replays", "s")
    in_flight_high_s: float = column("In flight to", "90th percentile of the replays", "s")
    mean_s: float = column("Mean", "mean duration of a request, median", "s")
    mean_low_s: float = column("Mean from", "10th percentile of the replays", "s")
    mean_high_s: float = column("Mean to", "90th percentile of the replays", "s")
    p95_s: float = column("p95", "95th percentile of the durations, median", "s")
    p95_low_s: float = column("p95 from", "10th percentile of the replays", "s")
    p95_high_s: float = column("p95 to", "90th percentile of the replays", "s")
    operations: float = column("Operations", "operations that were answered, median")
    operations_low: float = column("Operations from", "10th percentile of the replays")
    operations_high: float = column("Operations to", "90th percentile of the replays")
    recovery_s: float = column(
        "Recovery", "from the start of the trouble until no answer takes longer than the resend gap, median", "s"
    )
    recovery_low_s: float = column("Recovery from", "10th percentile of the replays", "s")
    recovery_high_s: float = column("Recovery to", "90th percentile of the replays", "s")
    recovers: float = column("Recovers", "share of the replays that do before the window ends", "0-1")
    busy: float = column("Busy", "utilisation when all is well: operations per second x demand / workers", "0-1")
    worst: float = column("At worst", "what the clients can ask for: clients / resend gap x demand / workers", "0-1")
    verdict: str = column("Verdict", "stable (at worst < 1), vulnerable (it needs only a trigger) or overloaded")
    workers_needed: int | None = column(
        "Workers needed", "fewest that are busy 70 % at most and answer within the resend gap on average (Erlang C)"
    )
    workers_never_locking: int = column(
        "Never locking up", "fewest workers that can do all that the clients can ask for"
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found about server, clients and trigger; nothing of it was given."""

    discipline: str = column("Discipline", "processor_sharing, round_robin, first_come_first_served or blocked_loop")
    workers: float = column("Workers", "requests it works on at once, effectively")
    demand_s: float = column("Demand", "mean work of one request of the endpoint when nothing is wrong", "s")
    variation: float = column("Variation", "standard deviation of that work / its mean")
    clients: int = column("Clients", "most clients of the endpoint at one time")
    period_s: float = column("Period", "from an answer to the client's next operation, median", "s")
    resend_gap_s: float = column("Resend gap", "from an attempt to the next while the client waits, median", "s")
    reset: str = column("Reset", "which answer stops the timer: own, any, every, latest or first")
    rest_ticks: int | None = column(
        "Rest in ticks", "of a timer that never stops: the tick after an answer that begins an operation"
    )
    connections: int | None = column("Connections", "requests one client has open at once, where that is limited")
    law_share: float = column("Law", "share of the requests that come when this law says", "0-1")
    period_seen: bool = column(
        "Period seen", "clients were seen to rest; else the period is from when a client came to its first request here"
    )
    workers_seen: bool = column(
        "Workers seen",
        "some requests were alone; else one at a time in each process is assumed, and a worker is a process",
    )
    trouble_start: str = column(
        "Trouble", "start of the trigger, else of the incident: time to recover counts from it", "ISO 8601, UTC"
    )
    trigger_start: str | None = column("Trigger", "when requests became more work", "ISO 8601, UTC")
    trigger_s: float | None = column("Trigger length", "how long they were", "s")
    trigger_factor: float | None = column("Trigger factor", "how many times the usual work")
    beside: float = column("Beside", "work of other endpoints per second of the window")
    errors: Mapping[str, float] = column("Errors", "|replayed / observed - 1| of each measure, as it was")


@dataclass(frozen=True, slots=True)
class Advice:
    """One remedy."""

    remedy: str = column("Remedy", "what to change, in a word")
    where: str = column("Where", "client, server or operations")
    text: str = column("Why", "what it does, with the figure that ranks it")
    in_flight_s: float | None = column("In flight", "what would be left of the in-flight time; None: not replayed", "s")
    pattern: str = column("Pattern", "the code")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer for one endpoint; `refusal` says why there is none."""

    service: str
    endpoint: str
    window: Window
    refusal: str | None
    fit: Fit | None
    scenarios: Rows[Scenario]
    advice: Rows[Advice]
    summary: str
    queries: Sequence[Query] = ()

    @property
    def columns(self) -> list[Column]:
        """What each column of a scenario means."""
        return self.scenarios.columns

    def df(self) -> Any:
        """A pandas DataFrame with one scenario a row."""
        return self.scenarios.df()

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "service": self.service,
            "endpoint": self.endpoint,
            "window": self.window.as_dict(),
            "refusal": self.refusal,
            "summary": self.summary,
            "fit": None if self.fit is None else as_dict(self.fit),
            "scenarios": self.scenarios.as_dicts(),
            "advice": [asdict(each) for each in self.advice],
        }

    def _repr_html_(self) -> str:
        from html import escape

        words = f"<p>{escape(self.refusal or self.summary)}</p>"
        return words if self.refusal else words + self.scenarios._repr_html_() + self.advice._repr_html_()
