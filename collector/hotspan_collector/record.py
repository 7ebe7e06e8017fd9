"""One request while it is being captured: what the middleware writes down, before anything is derived from it.

The middleware fills a RequestRecord with references only (no parsing, no hashing); what costs time is done
when a segment is sealed, off the request's path.
"""

from collections.abc import Sequence
from typing import Any


class RequestRecord:
    """A request in flight or finished. Times are nanoseconds since the epoch; `end_ns` is None while it is open."""

    __slots__ = (
        "aborted",
        "client",
        "end_ns",
        "explicit_client",
        "headers",
        "held_open",
        "http_version",
        "in_flight",
        "method",
        "path",
        "query_string",
        "raised",
        "response_bytes",
        "retry_after",
        "route",
        "seq",
        "span_id",
        "start_ns",
        "status",
        "trace_id",
    )

    def __init__(
        self,
        seq: int,
        start_ns: int,
        method: str,
        path: str,
        query_string: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        client: Sequence[Any] | None,
        http_version: str | None,
        in_flight: int,
    ) -> None:
        self.seq = seq
        self.start_ns = start_ns
        self.end_ns: int | None = None
        self.method = method
        self.path = path
        self.query_string = query_string
        self.headers = headers
        self.client = client
        self.http_version = http_version
        self.in_flight = in_flight
        self.explicit_client: str | None = None
        self.route: str | None = None
        self.status: int | None = None
        self.response_bytes = 0
        self.retry_after: bytes | None = None
        self.held_open = False
        self.aborted = False
        self.raised = False
        self.trace_id: int = 0
        self.span_id: int = 0
