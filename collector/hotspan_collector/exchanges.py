"""What was asked for and how it was answered, read once per distinct exchange: a hot endpoint repeats itself."""

import contextlib
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from hotspan_collector.paths import path_template
from hotspan_collector.record import RequestRecord
from hotspan_collector.routes import UNMATCHED, RouteBound, route_of

METHODS = frozenset((
    "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LABEL",
    "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE",
    "OPTIONS", "ORDERPATCH", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PURGE", "PUT", "QUERY", "REBIND",
    "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF",
    "VERSION-CONTROL", "WEBSOCKET",
))  # fmt: skip
"""IANA's list and PURGE of caches, as known_method of macros_spans.sql has them. Any other is `_OTHER`, as OpenTelemetry
has it: a client must not be able to make up endpoints."""

_NAMES = frozenset(
    name for known in (b"content-type", b"retry-after") for name in (known, known.title(), known.upper())
)
_MAX_STATUS = 32_767

MAX_WAIT_S = 10**9
"""Thirty years: an answer that asks to wait longer asks no more than that."""


class Exchange(NamedTuple):
    """What was called and how it answered, the raw path left aside. '', 0 and -1 where nothing is known."""

    method: str = "_OTHER"
    route: str = UNMATCHED
    http_version: str = ""
    status: int = 0
    raised: bool = False
    aborted: bool = False
    held_open: bool = False
    retry_after_s: float = -1.0


class Exchanges:
    """The distinct exchanges of one batch of requests, each known by the first row it has in it."""

    def __init__(self, routes: RouteBound) -> None:
        self._routes = routes
        self._rows: dict[Any, int] = {}
        self.of_row: dict[int, Exchange] = {}

    def row_of(self, record: RequestRecord, row: int) -> int:
        """The first row of the exchange that this record stands for."""
        route = record.route or route_of(record) or (UNMATCHED if record.status == 404 else path_template(record.path))
        key: list[Any] = [record.method, route, record.status, record.raised, record.aborted, record.http_version]
        for pair in record.response_headers:
            if pair[0] in _NAMES:
                key.append(pair[1])
        first = self._rows.setdefault(tuple(key), row)
        if first == row:
            self.of_row[row] = self._read(record, route)
        return first

    def _read(self, record: RequestRecord, route: str) -> Exchange:
        method = record.method.upper()
        told = {name.lower(): value for name, value in record.response_headers if name in _NAMES}
        status = record.status
        return Exchange(
            method if method in METHODS else "_OTHER",
            self._routes.hold(route),
            str(record.http_version or ""),
            status if isinstance(status, int) and 0 < status <= _MAX_STATUS else 0,
            record.raised,
            record.aborted,
            method == "WEBSOCKET" or told.get(b"content-type", b"").startswith(b"text/event-stream"),
            wait_s(told[b"retry-after"], record.start_ns) if b"retry-after" in told else -1.0,
        )


def wait_s(retry_after: bytes, start_ns: int) -> float:
    """Seconds a Retry-After header asks for, which holds a number or a date (RFC 9110 10.2.3); -1 if it does not."""
    with contextlib.suppress(ValueError):
        return float(min(max(0, int(retry_after)), MAX_WAIT_S))
    with contextlib.suppress(ValueError):
        at = parsedate_to_datetime(retry_after.decode("latin-1"))
        return max(0.0, at.replace(tzinfo=at.tzinfo or UTC).timestamp() - start_ns / 1e9)
    return -1.0
