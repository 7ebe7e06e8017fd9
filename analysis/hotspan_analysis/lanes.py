"""Lanes of overlapping requests: every request of a window as a bar, each client's on as few rows as they need."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.clients import client_id
from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Query, Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import SECOND_NS, Window

GIVEN_UP_NS: Final = 3600 * SECOND_NS
"""After so long a request no longer makes a duplicate of another one, see duplicates.sql."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request, or one run of a job, that was open in the window."""

    service: str = column("Service", "service.name of the process that answered")
    kind: str = column("Kind", "web, job or held_open")
    endpoint: str = column("Endpoint", "METHOD route; the span's name for a job")
    client: str = column("Client", "keyed hash of the client, 16 hex digits; `unknown` if nobody was known")
    client_tier: str = column("Tier", "what the client is known by")
    slot: int = column("Slot", "the lowest row of its client that is free when it arrives, from 0")
    arrival_ns: int = column("Arrival", "when it reached the first proxy that says so, else its start", "ns")
    start_ns: int = column("Start", "since the epoch, UTC", "ns")
    end_ns: int = column("End", "since the epoch, UTC; now for one that is still open", "ns")
    status: int | None = column("Status", "HTTP status; none when no response was started")
    error: bool = column("Error", "status of 500 and above, or the app raised")
    aborted: bool = column("Aborted", "the client left before the response was complete")
    still_open: bool = column("Open", "no end yet")
    unfinished: bool = column("Unfinished", "its process died; it ends at the last heartbeat")
    duplicate: bool = column("Duplicate", "sent while an earlier one of the same client for the same target was open")
    trace_id: str | None = column("Trace", "for `hotspan trace`; none when no span was recorded with it")


class Lanes(Rows[Attempt]):
    """The attempts of a window in the order of their arrival."""

    def __init__(self, rows: Iterable[Attempt], window: Window, queries: Sequence[Query]) -> None:
        super().__init__(Attempt, rows, queries)
        self.window = window


def lanes(engine: Engine, window: Window, selection: Selection) -> Lanes:
    """Every selected call that was open for some time of the window, those that began before it included.

    Slots are worked out over what is selected: those of one client are as many as it had open at once.
    """
    bound = selection.bind(window, window.from_ns - GIVEN_UP_NS)
    answer = engine.ask("lanes", **bound)
    rows = list(answer.dicts())
    return Lanes(
        [
            Attempt(**(row | {"client": client_id(row["client"])}), slot=slot)
            for row, slot in zip(rows, _slots(rows), strict=True)
        ],
        window,
        [answer.query],
    )


def _slots(rows: Iterable[dict[str, Any]]) -> list[int]:
    """For each row, in the order of arrival, the lowest slot of its client that nothing occupies any more."""
    lanes_of: dict[int | None, _Lane] = {}
    return [lanes_of.setdefault(row["client"], _Lane()).take(row["arrival_ns"], row["end_ns"]) for row in rows]


class _Lane:
    """The slots of one client: those that are taken until some moment, and those that were freed."""

    def __init__(self) -> None:
        self._taken: list[tuple[int, int]] = []
        self._free: list[int] = []
        self._slots = 0

    def take(self, from_ns: int, until_ns: int) -> int:
        """The lowest free slot; it is taken from now on."""
        while self._taken and self._taken[0][0] <= from_ns:
            heapq.heappush(self._free, heapq.heappop(self._taken)[1])
        if self._free:
            slot = heapq.heappop(self._free)
        else:
            slot, self._slots = self._slots, self._slots + 1
        heapq.heappush(self._taken, (until_ns, slot))
        return slot
