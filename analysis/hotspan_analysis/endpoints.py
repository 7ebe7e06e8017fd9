"""Which endpoints eat the server's time: the ranking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from hotspan_analysis.apdex import FEW_SAMPLES, Apdex, thresholds
from hotspan_analysis.data_warnings import DataWarning, warnings
from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.losses import Loss, losses
from hotspan_analysis.results import Query, Rows, column
from hotspan_analysis.rollups import RolledReading
from hotspan_analysis.selection import Selection
from hotspan_analysis.totals import Totals
from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError

Sort = Literal["time", "throughput", "slowest", "errors", "duplicates"]
SORTS: Final[tuple[str, ...]] = get_args(Sort)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint, job or held-open endpoint of one service, in one window."""

    service: str = column("Service", "service.name of the process that answered")
    kind: str = column("Kind", "web, job (a root span that is no request) or held_open (SSE, WebSocket, long poll)")
    endpoint: str = column("Endpoint", "METHOD route; the span's name for a job")
    method: str = column("Method", "HTTP method, empty for a job")
    route: str = column("Route", "route template as the framework has it")
    requests: int = column("Requests", "requests that started in the window, open ones included")
    throughput_rpm: float = column("Rate", "requests / length of the window", "/min")
    total_time_ns: int = column("Total time", "sum of the durations; open requests count up to now", "ns")
    total_time_s: float = column("Total time", "sum of the durations; open requests count up to now", "s")
    time_share: float = column("Share", "total time / total time of everything of the same kind", "0-1")
    load_erlangs: float = column(
        "Load", "total time / length of the window: how many are in flight on average", "erlangs"
    )
    mean_ms: float = column("Mean", "total time / requests", "ms")
    p50_ms: float = column("p50", "median of the durations; exact, unless an error is stated with it", "ms")
    p95_ms: float = column("p95", "95th percentile of the durations, as p50", "ms")
    p99_ms: float = column("p99", "99th percentile of the durations, as p50", "ms")
    max_ms: float = column("Max", "longest duration", "ms")
    errors: int = column("Errors", "status of 500 and above, or the app raised")
    error_rate: float = column("Error rate", "errors / requests", "0-1")
    apdex: float | None = column(
        "Apdex", "(requests up to T + half of those up to 4 T) / requests; errors count as slow", "0-1"
    )
    apdex_threshold_s: float | None = column("Apdex T", "the threshold T of the Apdex", "s")
    few_samples: bool = column(
        "Few", f"fewer than {FEW_SAMPLES} requests: percentiles and Apdex say little, a table writes ~"
    )
    aborted: int = column("Aborted", "requests whose client left before the response was complete")
    still_open: int = column("Open", "requests without an end yet")
    unfinished: int = column("Unfinished", "requests whose process died; they end at its last heartbeat")
    queue_time_s: float = column("Queue time", "sum of start - arrival, where a proxy said when it arrived", "s")
    mean_queue_ms: float = column("Mean queue", "queue time / requests", "ms")
    duplicates: int = column(
        "Duplicates", "requests sent while an earlier one of the same client for the same target was open"
    )
    duplicate_share: float = column("Duplicate share", "duplicates / requests", "0-1")
    avoidable_ns: int = column("Avoidable", "sum of the durations of the duplicates: an upper bound", "ns")
    avoidable_s: float = column("Avoidable", "sum of the durations of the duplicates: an upper bound", "s")
    previous_requests: int | None = column("Requests before", "requests in the window of the same length just before")
    previous_total_time_s: float | None = column("Total time before", "total time in the window just before", "s")
    time_change: float | None = column("Change", "total time / total time in the window just before - 1", "ratio")


class Ranking(Rows[Endpoint]):
    """The endpoints in order, what they add up to, what was dropped on the way in, and what else to know."""

    def __init__(
        self,
        answer: Answer,
        window: Window,
        sorted_by: str,
        dropped: Rows[Loss],
        known: Rows[DataWarning],
        kept: Sequence[Query] = (),
    ) -> None:
        super().__init__(Endpoint, answer.build(Endpoint), [*kept, answer.query, *dropped.queries, *known.queries])
        self.window = window
        self.sorted_by = sorted_by
        self.losses = dropped
        self.warnings = known

    @property
    def totals(self) -> Totals:
        """What the rows add up to."""
        return Totals.of(self, self.window)


def endpoints(
    engine: Engine,
    window: Window,
    selection: Selection = Selection(),  # noqa: B008  # frozen: the same for everybody
    *,
    sort: str = "time",
    apdex: Apdex = Apdex(),  # noqa: B008  # frozen: the same for everybody
    compared: bool = False,
    exact: bool = False,
) -> Ranking:
    """Ranks what started in the window, by time, throughput, slowest (mean), errors or duplicates.

    With `compared`, each row carries the same figures of the window just before. Much is ranked out of roll-ups where
    there are some: percentiles are within 1 % of their value then, unless `exact` asks for them out of all rows. Raises
    BadInputError for an unknown sort.
    """
    if sort not in SORTS:
        raise BadInputError(f"sort {sort!r} does not exist; choose one of {', '.join(SORTS)}")
    values = {"sort": sort, "compared": compared, **thresholds(apdex.threshold_s), "few_samples": FEW_SAMPLES}
    rolled = None if exact else RolledReading.of(engine, window, selection, apdex, compared=compared)
    if rolled is None:
        since_ns = window.previous().from_ns if compared else None
        answer = engine.ask("endpoints", **selection.bind(window, since_ns), **values)
        known = warnings(engine, window, selection)
    else:
        answer = rolled.rank(**values)
        known = warnings(engine, window, selection, rolled.identity())
    dropped = losses(engine, window, selection)
    ranking = Ranking(answer, window, sort, dropped, known, rolled.kept if rolled else ())
    ranking[:] = _with_own_thresholds(engine, ranking, selection, apdex)
    return ranking


def _with_own_thresholds(engine: Engine, ranking: Ranking, selection: Selection, apdex: Apdex) -> list[Endpoint]:
    """The rows, with the Apdex of each endpoint that has a threshold of its own worked out again."""
    own: dict[tuple[str, str], dict[str, Any]] = {}
    for name in {row.endpoint for row in ranking if row.kind == "web"} & set(apdex.of_endpoint):
        threshold_s = apdex.of_endpoint[name]
        method, _, route = name.partition(" ")
        only = replace(selection, kind="web", method=method, route=route, route_prefix=None)
        answer = engine.ask("apdex", **only.bind(ranking.window), **thresholds(threshold_s))
        for each in answer.dicts():
            own[each["service"], name] = {"apdex": each["apdex"], "apdex_threshold_s": threshold_s}
    return [
        replace(row, **own[row.service, row.endpoint])
        if row.kind == "web" and (row.service, row.endpoint) in own
        else row
        for row in ranking
    ]
