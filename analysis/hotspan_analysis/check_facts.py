"""What rules are held against: one figure of each endpoint for each rule, with how sure it is and what it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from hotspan_analysis import confidence, texts
from hotspan_analysis.amplification import Amplification, amplification
from hotspan_analysis.bounds import data_window
from hotspan_analysis.compare import Side, compare, side
from hotspan_analysis.confidence import Interval
from hotspan_analysis.engine import Engine
from hotspan_analysis.losses import Loss, losses
from hotspan_analysis.results import Rows
from hotspan_analysis.rules import Rules
from hotspan_analysis.selection import Selection
from hotspan_analysis.storm_results import Storm, StormReport
from hotspan_analysis.storms import storms
from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    from hotspan_analysis.traces import Traces

SHORT_ID: Final = 8
_CLIENTS_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """What one endpoint or job has of what a rule is about."""

    service: str
    kind: str
    endpoint: str
    value: float
    requests: int
    """On how many requests it rests."""
    sure: Interval = Interval(None, None)  # noqa: RUF009  # frozen: the same for everybody
    """Where the true value lies, 95 times of 100."""
    only_if_sure: bool = False
    """A limit is broken only where all of the interval is above it, not already where the value is."""
    note: str = ""


class Facts:
    """The figures of one window, each asked for when the first rule needs it."""

    def __init__(self, engine: Engine, window: Window, service: str | None, baseline: Side | None) -> None:
        self._engine, self._baseline = engine, baseline
        self._selection = Selection(service=service)
        self.window = window

    @cached_property
    def losses(self) -> Rows[Loss]:
        """What was dropped on the way in."""
        return losses(self._engine, self.window, self._selection)

    @cached_property
    def now(self) -> Side:
        """Counts and durations by endpoint."""
        return side(self._engine, self.window, self._selection)

    @cached_property
    def storms(self) -> StormReport:
        """Storms, incidents and findings."""
        return storms(self._engine, self.window, self._selection)

    @cached_property
    def repeated(self) -> list[Amplification]:
        """Duplicates by endpoint: of those only that clients who are known asked for."""
        return amplification(self._engine, self.window, self._selection)

    @property
    def endpoints(self) -> set[str]:
        """The endpoints and jobs that are there."""
        return {each["endpoint"] for each in self.now.figures.values()}

    def of(self, name: str, unit: str) -> list[Figure]:
        """The figures that a rule of this name is about."""
        match name:
            case "max_amplification":
                return [_repeated(row, row.amplification) for row in self.repeated if row.amplification]
            case "max_duplicates" if unit == "requests":
                return [_repeated(row, row.duplicates) for row in self.repeated]
            case "max_duplicates":
                return [_repeated(row, row.duplicates / row.attempts) for row in self.repeated if row.attempts]
            case "max_regression":
                return list(self._regressions())
        return [_FIGURES[name](self, each) for each in self.now.figures.values() if each["requests"]]

    def share(self, each: dict[str, Any]) -> Figure:
        """Its share of the time; it rests on all requests of its kind."""
        of_kind = sum(other["requests"] for other in self.now.figures.values() if other["kind"] == each["kind"])
        return _figure(each, each["time_share"], of_kind)

    def p95(self, each: dict[str, Any]) -> Figure:
        """Its p95 in ms, from the order statistics."""
        found = confidence.of_quantile(confidence.P95, each["requests"], each["tail_ns"])
        low, high = (None if end is None else end / 1e6 for end in (found.low, found.high))
        return _figure(each, each["p95_ms"], each["requests"], Interval(low, high))

    def error_rate(self, each: dict[str, Any]) -> Figure:
        """Its share of errors, with Wilson's interval."""
        sure = confidence.of_share(each["errors"], each["requests"])
        return _figure(each, each["error_rate"], each["requests"], sure)

    def _regressions(self) -> Iterator[Figure]:
        if self._baseline is None:
            return
        for row in compare(self._baseline, self.now):
            ratios = [("median", row.p50_ratio, row.p50_low), ("p95", row.p95_ratio, row.p95_low)]
            known = [(name, ratio, low) for name, ratio, low in ratios if ratio is not None and low is not None]
            if known:
                name, ratio, low = max(known, key=lambda each: each[2])
                note = f"{name}; {row.requests_before:,} requests before, {row.requests_after:,} now"
                sure = Interval(low - 1, None)
                yield Figure(
                    row.service, row.kind, row.endpoint, ratio - 1, row.requests_after, sure, True, note
                )  # fmt: skip

    def clients_of(self, service: str, endpoint: str) -> tuple[str, ...]:
        """The clients with a storm on an endpoint, each with what it did."""
        found = [each for each in self.storms.storms if (each.service, each.endpoint) == (service, endpoint)]
        rest = len(found) - _CLIENTS_NAMED
        return (*map(deed, found[:_CLIENTS_NAMED]), *([f"and {texts.counted(rest, 'storm')} more"] if rest > 0 else []))


def side_of_baseline(rules: Rules, baseline: "Traces | None", service: str | None) -> Side | None:
    """What max_regression compares with; None when no rule asks. Raises BadInputError when there is nothing."""
    if not any(rule.name == "max_regression" for rule in rules.rules):
        return None
    if baseline is None:
        raise BadInputError("max_regression needs something to compare with: name a baseline")
    with baseline.reading() as engine:
        return side(engine, data_window(engine), Selection(service=service))


def deed(storm: Storm) -> str:
    """Who did what, in one line: the client, the mechanism, and how much of it."""
    return (
        f"client {storm.client[:SHORT_ID]} ({storm.client_tier}), {storm.mechanism} ({storm.confidence}): "
        f"{storm.attempts:,} requests for {texts.counted(storm.operations, 'operation')}, "
        f"one every {texts.duration(storm.resend_gap_s)}, {storm.peak_in_flight:,} at once, "
        f"{storm.start[11:19]} to {storm.end[11:19]} UTC"
    )


def _repeated(row: Amplification, value: float) -> Figure:
    return Figure(row.service, "web", row.endpoint, value, row.attempts)


def _figure(each: dict[str, Any], value: float, requests: int, sure: Interval | None = None) -> Figure:
    return Figure(
        each["service"], each["kind"], each["endpoint"], value, requests, sure or Interval(None, None)
    )  # fmt: skip


_FIGURES: Final = {"max_share": Facts.share, "max_p95": Facts.p95, "max_error_rate": Facts.error_rate}
