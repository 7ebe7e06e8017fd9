"""The slowest requests of an endpoint, and where to look: their traces."""

from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window, iso

DEFAULT_LIMIT: Final = 20
FOREVER_MS: Final = 9e12
"""Longer than what 64 bits of nanoseconds could count from the epoch to now."""


@dataclass(frozen=True, slots=True)
class SlowRequest:
    """One request, or one run of a job."""

    service: str = column("Service", "service.name of the process that answered")
    kind: str = column("Kind", "web, job or held_open")
    endpoint: str = column("Endpoint", "METHOD route; the span's name for a job")
    start: str = column("Start", "when it started, ISO 8601, UTC")
    start_ns: int = column("Start", "when it started, since the epoch, UTC", "ns")
    duration_ms: float = column("Duration", "end - start; an open request counts up to now", "ms")
    queue_ms: float = column("Queued", "start - arrival, where a proxy said when it arrived", "ms")
    status: int | None = column("Status", "HTTP status; none when no response was started")
    error: bool = column("Error", "status of 500 and above, or the app raised")
    aborted: bool = column("Aborted", "the client left before the response was complete")
    still_open: bool = column("Open", "no end yet")
    unfinished: bool = column("Unfinished", "its process died; it ends at the last heartbeat")
    client: str | None = column("Client", "keyed hash of the client, 16 hex digits")
    client_tier: str = column("Tier", "what the client is known by")
    trace_id: str | None = column("Trace", "for `hotspan trace`; none when no span was recorded with it")
    spans: int = column("Spans", "spans recorded in this trace; 0 when there is nothing more to see")


class Slowest(Rows[SlowRequest]):
    """The slowest requests of a window, the slowest first."""

    def __init__(self, answer: Answer, window: Window) -> None:
        super().__init__(SlowRequest, [_row(each) for each in answer.dicts()], [answer.query])
        self.window = window


def slowest(
    engine: Engine,
    window: Window,
    selection: Selection,
    limit: int | None = DEFAULT_LIMIT,
    *,
    shortest_ms: float = 0,
    longest_ms: float = FOREVER_MS,
) -> Slowest:
    """The requests that started in the window and took longest, with a trace or without; all of them for None.

    `longest_ms` leaves those out that took as long or longer: what is asked for is then the rest of a heatmap's box.
    """
    lasting = {"shortest_ns": round(shortest_ms * 1e6), "longest_ns": round(longest_ms * 1e6)}
    return Slowest(engine.ask("slowest", **selection.bind(window), **lasting, at_most=limit), window)


def _row(each: dict[str, Any]) -> SlowRequest:
    client = each.pop("client")
    return SlowRequest(**each, start=iso(each["start_ns"]), client=None if client is None else f"{client:016x}")
