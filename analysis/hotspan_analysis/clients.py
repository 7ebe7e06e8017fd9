"""Which clients hammer the server: how much each asks for, and how much of it at once."""

from dataclasses import dataclass

from hotspan_analysis.data_warnings import DataWarning, warnings
from hotspan_analysis.endpoints import SORTS
from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import UNKNOWN_CLIENT, Selection
from hotspan_analysis.window import Window, iso
from hotspan_collector.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Client:
    """One client of the selected endpoints, in one window."""

    client: str = column("Client", "keyed hash of the best identity known, 16 hex digits; `unknown` if none was")
    tier: str = column(
        "Tier", "what the identity rests on: explicit, session, credential, device, address_agent, address"
    )
    agent: str | None = column("User agent", "of several, the last in alphabetical order")
    requests: int = column("Requests", "requests that started in the window, open ones included")
    request_share: float = column("Share of requests", "requests / requests of all clients", "0-1")
    throughput_rpm: float = column("Rate", "requests / length of the window", "/min")
    total_time_ns: int = column("Total time", "sum of the durations; open requests count up to now", "ns")
    total_time_s: float = column("Total time", "sum of the durations; open requests count up to now", "s")
    time_share: float = column("Share of time", "total time / total time of all clients", "0-1")
    mean_ms: float = column("Mean", "total time / requests", "ms")
    p95_ms: float = column("p95", "exact 95th percentile of the durations, interpolated", "ms")
    max_ms: float = column("Max", "longest duration", "ms")
    peak_in_flight: int | None = column("Peak", "most web requests open at one moment, from arrival to end")
    errors: int = column("Errors", "status of 500 and above, or the app raised")
    error_rate: float = column("Error rate", "errors / requests", "0-1")
    aborted: int = column("Aborted", "requests that the client left before the response was complete")
    still_open: int = column("Open", "requests without an end yet")
    duplicates: int = column("Duplicates", "requests sent while an earlier one for the same target was open")
    duplicate_share: float = column("Duplicate share", "duplicates / requests", "0-1")
    avoidable_ns: int = column("Avoidable", "sum of the durations of the duplicates: an upper bound", "ns")
    avoidable_s: float = column("Avoidable", "sum of the durations of the duplicates: an upper bound", "s")
    first_seen: str = column("First seen", "start of the first request in the window", "ISO 8601, UTC")
    last_seen: str = column("Last seen", "start of the last request in the window", "ISO 8601, UTC")


class Clients(Rows[Client]):
    """The clients in order, and what to know about who they are."""

    def __init__(self, answer: Answer, window: Window, sorted_by: str, known: Rows[DataWarning]) -> None:
        super().__init__(Client, (_client(**each) for each in answer.dicts()), [answer.query, *known.queries])
        self.window = window
        self.sorted_by = sorted_by
        self.warnings = known


def clients(engine: Engine, window: Window, selection: Selection, *, sort: str = "time") -> Clients:
    """Ranks the clients of what is selected, by the same sorts as endpoints; jobs have no client and do not count."""
    if sort not in SORTS:
        raise BadInputError(f"sort {sort!r} does not exist; choose one of {', '.join(SORTS)}")
    answer = engine.ask("clients", **selection.bind(window), sort=sort)
    return Clients(answer, window, sort, warnings(engine, window, selection))


def client_id(number: int | None) -> str:
    """A client as it is shown: 16 hex digits, or `unknown`."""
    return UNKNOWN_CLIENT if number is None else f"{number:016x}"


def _client(client_number: int | None, first_ns: int, last_ns: int, **rest: object) -> Client:
    return Client(client=client_id(client_number), first_seen=iso(first_ns), last_seen=iso(last_ns), **rest)  # type: ignore[arg-type]  # the other columns are named as the fields are
