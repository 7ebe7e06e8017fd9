"""Jobs: root spans that are no requests. How often they run, when they are due, whether they get slower or collide."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from hotspan_analysis import chance
from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Query, Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import SECOND_NS, Window, iso

SURE: Final = 0.01
"""A rhythm is believed when runs at random moments would show it in less than one job out of a hundred."""

LIKELY: Final = 0.05
"""A trend is named when chance alone would show it in less than one job out of twenty: from 12 runs on."""

HALF: Final = 0.5
"""Half of the gaps or rounds at least must follow the rhythm: what is rarer may be no chance, but no schedule either."""

NEAR_THE_MEDIAN: Final = 0.0694
"""How many gaps of runs at random moments lie within 10 % of their median: e^(-0.9 ln 2) - e^(-1.1 ln 2)."""

GRACE: Final = 0.1
"""A run is missed when it is more than a tenth of the period late."""

_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Job:
    """One job of one service: a name of root spans of the kinds INTERNAL, CONSUMER or UNSPECIFIED."""

    service: str = column("Service", "service.name of the process that ran it")
    job: str = column("Job", "the name of its root spans")
    recurring: bool = column(
        "Recurring",
        "half of the gaps are within 10 % of the median gap, or half of the rounds start in one minute of the hour; and "
        "runs at random moments would look like that in under 1 % of cases (binomial)",
    )
    period_s: float | None = column("Period", "median time from the start of a round to the start of the next", "s")
    regularity: float | None = column("Regular", "share of the gaps within 10 % of the period", "0-1")
    minute: int | None = column("Minute", "the minute of the hour in which half of the rounds or more start", "0-59")
    minute_share: float = column(
        "Share at it", "rounds in the minute of the hour with the most of them / rounds", "0-1"
    )
    runs: int = column("Runs", "runs that started in the window")
    rounds: int = column("Rounds", "runs less those that start within a tenth of the mean gap after another")
    runs_per_round: float = column("At a time", "runs / rounds: above 1 when several workers run it at once", "1")
    errors: int = column("Errors", "runs that ended in an error")
    total_time_ns: int = column("Total time", "sum of the durations", "ns")
    total_time_s: float = column("Total time", "sum of the durations", "s")
    mean_ms: float = column("Mean", "total time / runs", "ms")
    p95_ms: float = column("p95", "exact 95th percentile of the durations, interpolated", "ms")
    max_ms: float = column("Max", "longest duration", "ms")
    last_duration_ms: float = column("Last took", "duration of the last run", "ms")
    first_run: str = column("First run", "ISO 8601, UTC")
    last_run: str = column("Last run", "ISO 8601, UTC")
    last_run_ns: int = column("Last run", "since the epoch, UTC", "ns")
    next_due: str | None = column("Next due", "start of the last round + as many periods as reach past the window")
    next_due_ns: int | None = column("Next due", "since the epoch, UTC", "ns")
    missed: int = column(
        "Missed", "rounds that the period asks for and that did not start, up to the end of the window"
    )
    overdue: int = column("Overdue", "of these, the ones since the last round")
    overlapping_runs: int = column("Over itself", "runs that started while an earlier run of the same job still ran")
    trend_ms_per_day: float | None = column(
        "Trend",
        "median of (later - earlier duration) / time between, over pairs of runs half of all runs apart",
        "ms/day",
    )
    trend_chance: float | None = column(
        "Trend by chance", "how likely pairs split like that when nothing changes (Cox-Stuart sign test)", "0-1"
    )
    trend: str = column("Trend", "longer or shorter where chance would show it in under 5 % of cases, else unclear")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two jobs that ran at the same time."""

    service: str = column("Service", "service.name of the one")
    job: str = column("Job", "the one")
    other_service: str = column("Other service", "service.name of the other")
    other_job: str = column("Other job", "the other")
    times: int = column("Times", "pairs of runs that overlapped")
    together_s: float = column("Together", "time that both ran, summed over the pairs", "s")


class Jobs(Rows[Job]):
    """The jobs of a window, the costliest first, and which of them ran at the same time."""

    def __init__(self, rows: list[Job], window: Window, overlaps: Rows[Overlap], queries: list[Query]) -> None:
        super().__init__(Job, rows, queries)
        self.window = window
        self.overlaps = overlaps

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "window": self.window.as_dict(),
            "jobs": self.as_dicts(),
            "overlaps": self.overlaps.as_dicts(),
        }


def jobs(
    engine: Engine,
    window: Window,
    selection: Selection = Selection(),  # noqa: B008  # frozen: the same for everybody
    zone: tzinfo | None = None,
) -> Jobs:
    """Which jobs started in the window, by what rhythm, and what is wrong with them.

    Minutes of the hour are those of `zone`, the machine's own when it is None.
    """
    bound = replace(selection, kind="job").bind(window)
    answer = engine.ask("jobs", **bound, offset_ns=utc_offset_ns(window.from_ns, zone))
    trends = engine.ask("job_trends", **bound)
    overlaps = engine.ask("job_overlaps", **bound)
    trend_of = {(each["service"], each["job"]): each for each in trends.dicts()}
    rows = [_job(each, trend_of.get((each["service"], each["job"])), window) for each in answer.dicts()]
    return Jobs(rows, window, Rows(Overlap, overlaps.build(Overlap), [overlaps.query]), [answer.query, trends.query])


def utc_offset_ns(moment_ns: int, zone: tzinfo | None) -> int:
    """How far clocks in a zone (the machine's own for None) are ahead of UTC at a moment."""
    moment = datetime.fromtimestamp(moment_ns // SECOND_NS, tz=zone or UTC)
    offset = (moment if zone else moment.astimezone()).utcoffset()
    return round(offset.total_seconds()) * SECOND_NS if offset else 0


def _job(each: dict[str, Any], trend: dict[str, Any] | None, window: Window) -> Job:
    gaps, period_ns, last_round_ns = each["rounds"] - 1, each["period_ns"], each["last_round_ns"]
    recurring = period_ns > 0 and (_is_regular(each["regular_gaps"], gaps) or _has_a_minute(each))
    overdue = int(max(0, (window.to_ns - last_round_ns) / period_ns - GRACE)) if recurring else 0
    next_due_ns = last_round_ns + round((overdue + 1) * period_ns) if recurring else None
    return Job(
        **{name: each[name] for name in _AS_COUNTED},
        recurring=recurring,
        period_s=period_ns / SECOND_NS or None,
        regularity=each["regular_gaps"] / gaps if gaps else None,
        minute=int(each["minute"]) if _has_a_minute(each) else None,
        minute_share=each["rounds_at"] / each["rounds"],
        runs_per_round=each["runs"] / each["rounds"],
        total_time_s=each["total_time_ns"] / SECOND_NS,
        mean_ms=each["total_time_ns"] / each["runs"] / 1e6,
        first_run=iso(each["first_ns"]),
        last_run=iso(each["last_ns"]),
        last_run_ns=each["last_ns"],
        next_due=None if next_due_ns is None else iso(next_due_ns),
        next_due_ns=next_due_ns,
        missed=int(each["missed"]) + overdue if recurring else 0,
        overdue=overdue,
        **_trend(trend),
    )


_AS_COUNTED: Final = (
    *("service", "job", "runs", "rounds", "errors", "total_time_ns"),
    *("p95_ms", "max_ms", "last_duration_ms", "overlapping_runs"),
)


def _is_regular(regular_gaps: int, gaps: int) -> bool:
    """One gap is left out of the test: the median is always within 10 % of itself."""
    return regular_gaps >= gaps * HALF and chance.at_least(regular_gaps - 1, gaps - 1, NEAR_THE_MEDIAN) <= SURE


def _has_a_minute(each: dict[str, Any]) -> bool:
    """One round is left out of the test: it is the one that says which minute."""
    at, rounds = each["rounds_at"], each["rounds"]
    return bool(at >= rounds * HALF and chance.at_least(at - 1, rounds - 1, 1 / 60) <= SURE)


def _trend(trend: dict[str, Any] | None) -> dict[str, Any]:
    if trend is None:
        return {"trend_ms_per_day": None, "trend_chance": None, "trend": "unclear"}
    likely = chance.sign_test(trend["longer"], trend["shorter"])
    direction = "longer" if trend["longer"] > trend["shorter"] else "shorter"
    return {
        "trend_ms_per_day": trend["slope"] * _DAY_S * 1e3,
        "trend_chance": likely,
        "trend": direction if likely <= LIKELY else "unclear",
    }
