"""From captured records to the columns of `raw_requests`, which seal_requests.sql turns into rows of the store.

Nothing of this runs on a request's path, and nothing is hashed here: the SQL does it once per distinct value. What
many rows share is written into the first of them only, and the others name that row: its columns cost next to nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from hotspan_collector import announced, guard
from hotspan_collector.arrow_columns import Sparse
from hotspan_collector.exchanges import Exchange, Exchanges
from hotspan_collector.identity import SeenAgents
from hotspan_collector.proxies import ProxyWatch
from hotspan_collector.record import Headers, RequestRecord, plain
from hotspan_collector.routes import RouteBound
from hotspan_collector.senders import STABLE, Sender, Senders
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder

TYPES = {
    "worker": "ubigint",
    "service": "varchar",
    "service_version": "varchar",
    "instance": "varchar",
    "seq": "bigint",
    "start_ns": "bigint",
    "end_ns": "bigint",
    "arrival_ns": "bigint",
    "response_bytes": "bigint",
    "in_flight": "integer",
    "operation": "varchar",
    "trace": "varchar",  # 32 hex digits of the trace, then 16 of the span if there is one
    "row": "integer",
    "target": "integer",  # the first row of the same method, path and query
    "path": "varchar",
    "query": "varchar",
    "sender": "integer",  # the row that holds client … speculative
    "client": "varchar",
    "client_tier": "varchar",
    "address": "varchar",
    "agent": "varchar",
    "attempt": "integer",
    "speculative": "integer",
    "exchange": "integer",  # the row that holds method … retry_after_s
    "method": "varchar",
    "route": "varchar",
    "http_version": "varchar",
    "status": "integer",
    "raised": "integer",
    "aborted": "integer",
    "held_open": "integer",
    "retry_after_s": "double",
}
"""The columns of `raw_requests`. The first four are the process's own; request_columns gives the others."""

_VARYING = frozenset((b"traceparent", *announced.OPERATION_HEADERS, *announced.ARRIVAL_HEADERS))
_READ = STABLE | _VARYING


class _Memory:
    """What a process remembers from one batch of requests to the next."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.routes = RouteBound(settings.max_routes)
        self.agents = SeenAgents()
        self.proxies = ProxyWatch()


_memories: "WeakKeyDictionary[Recorder, _Memory]" = WeakKeyDictionary()


def request_columns(records: Sequence[RequestRecord], recorder: "Recorder") -> dict[str, Sequence[Any]]:
    """The columns of `raw_requests` for records of this process, finished or still open.

    '' stands for null in texts, 0 in `status` and `attempt`, -1 in `retry_after_s`.
    """
    memory = _memories.get(recorder) or _memories.setdefault(recorder, _Memory(recorder.settings))
    try:
        return _columns(records, memory)
    except Exception as error:  # noqa: BLE001  # one record that is against the protocol must not cost all the others
        guard.report("reading captured requests", error)
        return _columns([plain(record) for record in records], memory)


def _columns(records: Sequence[RequestRecord], memory: _Memory) -> dict[str, Sequence[Any]]:
    senders, exchanges = Senders(memory.settings), Exchanges(memory.routes)
    varying: dict[int, dict[bytes, bytes]] = {}
    sender_rows = [senders.row_of(record, _stable(record, row, varying), row) for row, record in enumerate(records)]
    exchange_rows = [exchanges.row_of(record, row) for row, record in enumerate(records)]
    senders.label(memory.agents)
    memory.proxies.note([senders.of_row[row].suspect for row in sender_rows])
    return (
        _own_columns(records, varying)
        | {"sender": sender_rows, "exchange": exchange_rows}
        | _shared_columns(Sender(), senders.of_row, len(records))
        | _shared_columns(Exchange(), exchanges.of_row, len(records))
    )


def _stable(record: RequestRecord, row: int, varying: dict[int, dict[bytes, bytes]]) -> Headers:
    """The request headers that tell the sender; those that differ with every request go to `varying`.

    A loop, because most headers are neither: it passes them over for less than a comprehension does.
    """
    stable = []
    for pair in record.headers:
        if pair[0] in _READ:
            if pair[0] in STABLE:
                stable.append(pair)
            else:
                varying.setdefault(row, {})[pair[0]] = pair[1]
    return stable


def _own_columns(
    records: Sequence[RequestRecord], varying: Mapping[int, Mapping[bytes, bytes]]
) -> dict[str, Sequence[Any]]:
    """What every row has for itself; `varying` are the headers that differ with every request, where there are any."""
    arrival_ns = [record.start_ns for record in records]
    operation = [""] * len(records)
    trace = [f"{record.trace_id:032x}{record.span_id:016x}" if record.trace_id else "" for record in records]
    for row, headers in varying.items():
        operation[row] = announced.operation_key(headers) or ""
        arrival_ns[row] = announced.arrival_ns(headers, arrival_ns[row])
        trace[row] = trace[row] or announced.caller_trace(headers) or ""
    path = [record.path for record in records]
    if not set(map(type, path)) <= {str}:
        raise TypeError("a path that is no text")
    targets: dict[Any, int] = {}
    return {
        "row": range(len(records)),
        "target": [
            targets.setdefault((record.method, record.path, record.query_string), row)
            for row, record in enumerate(records)
        ],
        "path": path,
        "query": [record.query_string.decode("latin-1") for record in records],
        "seq": [record.seq for record in records],
        "start_ns": [record.start_ns for record in records],
        "end_ns": [record.end_ns for record in records],
        "arrival_ns": arrival_ns,
        "response_bytes": [record.response_bytes for record in records],
        "in_flight": [record.in_flight for record in records],
        "operation": operation,
        "trace": trace,
    }


def _shared_columns(blank: Any, of_row: Mapping[int, Any], rows: int) -> dict[str, Sequence[Any]]:
    """A column per field: values in the rows that hold them for others, blanks elsewhere."""
    return {
        name: Sparse({row: values[position] for row, values in of_row.items()}, empty, rows)
        for position, (name, empty) in enumerate(blank._asdict().items())
        if name in TYPES
    }
