"""One request while it is being captured: what the middleware writes down, before anything is derived from it.

The middleware fills a RequestRecord with references only (no parsing, no hashing); what costs time is done
when a segment is sealed, off the request's path (request_rows.py).
"""

from collections.abc import MutableMapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotspan_collector.frameworks.starlette import Routes
    from hotspan_collector.recorder import Recorder

Headers = Sequence[tuple[bytes, bytes]]

MARK = "hotspan"
"""The scope's key for the record of its request: who finds it there knows that the request is captured already."""


class RequestRecord:
    """A request in flight or finished. Times are nanoseconds since the epoch; `end_ns` is None while it is open."""

    __slots__ = (
        "aborted",
        "client",
        "clock_ns",
        "cycle",
        "end_ns",
        "explicit_client",
        "headers",
        "http_version",
        "in_flight",
        "method",
        "path",
        "query_string",
        "raised",
        "recorder",
        "response_bytes",
        "response_headers",
        "route",
        "routes",
        "scope",
        "seq",
        "span_id",
        "start_ns",
        "status",
        "trace_id",
    )

    recorder: "Recorder"  # whose app's request this is; set where spans are on, for they ask

    def __init__(
        self,
        seq: int,
        start_ns: int,
        method: str,
        path: str,
        query_string: bytes,
        headers: Headers,
        client: Sequence[Any] | None,
        http_version: str | None,
        in_flight: int,
        clock_ns: int = 0,
        scope: MutableMapping[str, Any] | None = None,
        routes: "Routes | None" = None,
    ) -> None:
        self.seq = seq
        self.start_ns = start_ns
        self.end_ns: int | None = None
        self.method = method  # WEBSOCKET for a web socket
        self.path = path
        self.query_string = query_string
        self.headers = headers
        self.client = client
        self.http_version = http_version
        self.in_flight = in_flight
        self.clock_ns = clock_ns  # a monotonic clock at the start: durations must not follow a wall clock that is set
        self.scope = scope  # while open, so that an open request has its route too
        self.routes = routes  # while open: what Starlette or FastAPI match it against
        self.explicit_client: str | None = None
        self.route: str | None = None  # None: no framework said, so sealing makes one from the path
        self.status: int | None = None
        self.response_headers: Headers = ()
        self.response_bytes = 0
        self.aborted = False
        self.raised = False
        self.trace_id: int = 0
        self.span_id: int = 0
        self.cycle: Any = None  # while open: uvicorn's, which knows whether the client is still there


def plain(record: RequestRecord) -> RequestRecord:
    """The record without what a server or an app gave it against the protocol; its own numbers are kept."""
    copy = RequestRecord(
        record.seq,
        record.start_ns,
        record.method if isinstance(record.method, str) else "",
        record.path if isinstance(record.path, str) else "",
        record.query_string if isinstance(record.query_string, bytes) else b"",
        _pairs(record.headers),
        record.client if isinstance(record.client, tuple | list) else None,
        record.http_version if isinstance(record.http_version, str) else None,
        record.in_flight,
    )
    for name in ("end_ns", "response_bytes", "aborted", "raised", "trace_id", "span_id"):
        setattr(copy, name, getattr(record, name))
    copy.explicit_client = record.explicit_client if isinstance(record.explicit_client, str) else None
    copy.route = record.route if isinstance(record.route, str) else None
    copy.status = record.status if isinstance(record.status, int) else None
    copy.response_headers = _pairs(record.response_headers)
    return copy


def _pairs(headers: Any) -> Headers:
    """The headers that are a name and a value in bytes."""
    whole = headers if isinstance(headers, list | tuple) else ()
    pairs = [tuple(pair) for pair in whole if isinstance(pair, list | tuple)]
    return [pair for pair in pairs if len(pair) == 2 and isinstance(pair[0], bytes) and isinstance(pair[1], bytes)]


CURRENT_RECORD: ContextVar[RequestRecord | None] = ContextVar("hotspan_current_record", default=None)
"""The request this context serves; set only while spans are on, for the span processor to write its ids into."""
