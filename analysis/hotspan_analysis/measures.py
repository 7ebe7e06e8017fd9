"""What an incident comes to in figures, observed or replayed, and what many replays say: a median and a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from hotspan_analysis.queue_model import NEVER

LOW, HIGH = 0.1, 0.9
"""The band holds four replays of five."""
CALM_S: Final = 30.0
"""So long without anything late, and it has recovered: the gap that separates two episodes of a storm."""
MEASURES: Final = ("requests", "in_flight_s", "mean_s", "p95_s", "operations", "recovery_s")


@dataclass(frozen=True, slots=True)
class Measures:
    """One endpoint in one stretch of time, all that was open at its end counted up to then."""

    requests: float
    in_flight_s: float
    mean_s: float
    p95_s: float
    operations: float
    recovery_s: float


def measured(
    sent_s: Sequence[float], done_s: Sequence[float], operations: int, *, until_s: float, from_s: float, late_s: float
) -> Measures:
    """The figures of these requests. It recovers when nothing that takes longer than `late_s` is open any more.

    Counted from `from_s`; who is late once more after CALM_S is another matter. Until then all that is late is not over
    yet, so that a lock-up lasts to the end.
    """
    lasted_s = [min(done, until_s) - sent for sent, done in zip(sent_s, done_s, strict=True)]
    in_order = sorted(lasted_s)
    return Measures(
        requests=len(lasted_s),
        in_flight_s=sum(lasted_s),
        mean_s=fmean(lasted_s) if lasted_s else 0.0,
        p95_s=quantile(in_order, 0.95),
        operations=operations,
        recovery_s=_late_until(sent_s, lasted_s, from_s, late_s) - from_s,
    )


def _late_until(sent_s: Sequence[float], lasted_s: Sequence[float], from_s: float, late_s: float) -> float:
    over_s = from_s
    for sent, lasted in sorted(zip(sent_s, lasted_s, strict=True)):
        if sent > over_s + CALM_S:
            break
        if lasted > late_s:
            over_s = max(over_s, sent + lasted)
    return over_s


@dataclass(frozen=True, slots=True)
class Band:
    """One measure over many replays."""

    median: float
    low: float
    high: float


def bands(runs: Sequence[Measures]) -> dict[str, Band]:
    """Median and 10-90 % band of each measure."""
    found = {}
    for name in MEASURES:
        values = sorted(getattr(run, name) for run in runs)
        found[name] = Band(median(values), quantile(values, LOW), quantile(values, HIGH))
    return found


def quantile(in_order: Sequence[float], fraction: float) -> float:
    """Of sorted values, interpolated between neighbours as the rankings do it; 0 when there are none."""
    if not in_order:
        return 0.0
    place = fraction * (len(in_order) - 1)
    low = int(place)
    high = min(low + 1, len(in_order) - 1)
    return in_order[low] + (in_order[high] - in_order[low]) * (place - low)


def off_by(seen: float, replayed: float) -> float:
    """Relative error of a replayed figure; 0 when both are nothing."""
    return abs(replayed - seen) / seen if seen else (0.0 if not replayed else NEVER)
