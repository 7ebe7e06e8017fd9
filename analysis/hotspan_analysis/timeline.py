"""How an endpoint, or everything, went over time: buckets of a fixed ladder, and how durations spread in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import SECOND_NS, Window
from hotspan_collector.errors import BadInputError

_MS: Final = 1_000_000
LADDER_NS: Final = (
    *(each * _MS for each in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(each * SECOND_NS for each in (1, 2, 5, 10, 15, 30)),
    *(each * 60 * SECOND_NS for each in (1, 2, 5, 10, 15, 30)),
    *(each * 3600 * SECOND_NS for each in (1, 2, 3, 6, 12, 24, 7 * 24, 28 * 24)),
)
"""The widths a bucket can have. A bucket starts at a multiple of its width, so that moving a window never cuts anew."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One stretch of time; the first and the last are cut where the window starts and ends."""

    start_ns: int = column("Start", "start of the bucket", "ns since the epoch")
    end_ns: int = column("End", "end of the bucket, not included", "ns since the epoch")
    requests: int = column("Requests", "requests and jobs that started in the bucket")
    throughput_rpm: float = column("Rate", "requests / length of the bucket", "/min")
    errors: int = column("Errors", "status of 500 and above, or the app raised")
    aborted: int = column("Aborted", "requests whose client left before the response was complete")
    total_time_ns: int = column("Total time", "sum of the durations of those that started in the bucket", "ns")
    total_time_s: float = column("Total time", "sum of the durations of those that started in the bucket", "s")
    mean_ms: float | None = column("Mean", "total time / requests", "ms")
    p50_ms: float | None = column("p50", "exact median of the durations", "ms")
    p95_ms: float | None = column("p95", "exact 95th percentile of the durations, interpolated", "ms")
    p99_ms: float | None = column("p99", "exact 99th percentile of the durations, interpolated", "ms")
    max_ms: float | None = column("Max", "longest duration", "ms")
    in_flight_ns: int = column("Time in flight", "time that requests were open inside the bucket, all added up", "ns")
    mean_in_flight: float = column("In flight", "time in flight / length of the bucket", "erlangs")
    peak_in_flight: int = column("Peak", "most that were open at one moment of the bucket")


class Timeline(Rows[Bucket]):
    """The buckets of a window, in order, without gaps."""

    def __init__(self, answer: Answer, window: Window, width_ns: int) -> None:
        super().__init__(Bucket, answer.build(Bucket), [answer.query])
        self.window = window
        self.width_ns = width_ns


@dataclass(frozen=True, slots=True)
class Cell:
    """How many lasted about as long, in one bucket: a cell of a heatmap."""

    bucket_ns: int = column("Bucket", "start of the bucket before the window cuts it", "ns since the epoch")
    from_ms: float = column("From", "shortest duration of the cell", "ms")
    to_ms: float = column("To", "longest duration of the cell, not included: ten cells for each power of ten", "ms")
    requests: int = column("Requests", "requests and jobs that started in the bucket and lasted that long")
    errors: int = column("Errors", "of these, status of 500 and above, or the app raised")


def timeline(engine: Engine, window: Window, selection: Selection, *, buckets: int = 60) -> Timeline:
    """Cuts the window into at most that many buckets, and says what started in each and what was in flight."""
    width_ns = bucket_width_ns(window, buckets)
    answer = engine.ask("timeline", **selection.bind(window), width_ns=width_ns)
    return Timeline(answer, window, width_ns)


def histogram(engine: Engine, window: Window, selection: Selection, *, buckets: int = 60) -> Rows[Cell]:
    """Counts durations in each bucket of the same timeline, in ten steps for each power of ten; only cells in use."""
    answer = engine.ask("histogram", **selection.bind(window), width_ns=bucket_width_ns(window, buckets))
    cells = (
        Cell(each["bucket_ns"], edge_ms(each["step"]), edge_ms(each["step"] + 1), each["requests"], each["errors"])
        for each in answer.dicts()
    )
    return Rows(Cell, cells, [answer.query])


def bucket_width_ns(window: Window, buckets: int) -> int:
    """The finest width of the ladder that cuts the window into at most that many buckets."""
    if buckets < 1:
        raise BadInputError(f"{buckets} buckets cannot hold anything; ask for one at least")
    for width_ns in LADDER_NS:
        first = window.from_ns - window.from_ns % width_ns
        if -(-(window.to_ns - first) // width_ns) <= buckets:
            return width_ns
    return LADDER_NS[-1] * -(-window.length_ns // LADDER_NS[-1])


class Counted(Protocol):
    """A stretch of time, and how many requests started in it."""

    @property
    def start_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def requests(self) -> int: ...


def latest(buckets: Sequence[Counted], requests: int) -> Window:
    """The latest part of these buckets in which about so many requests started at most, or all of them.

    Inside of a bucket they are taken to be even. Raises IndexError where there are no buckets.
    """
    from_ns, left = buckets[-1].end_ns, requests
    for bucket in reversed(buckets):
        if bucket.requests > left:
            from_ns -= (bucket.end_ns - bucket.start_ns) * left // bucket.requests
            break
        from_ns, left = bucket.start_ns, left - bucket.requests
    return Window(min(from_ns, buckets[-1].end_ns - 1), buckets[-1].end_ns)


def edge_ms(step: int) -> float:
    """Where a step of the histogram begins."""
    return float(10 ** (step / 10)) / _MS
