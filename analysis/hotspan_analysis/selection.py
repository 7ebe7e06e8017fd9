"""Which requests a question is about: by service, kind, method, route, status, client."""

import re
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError

KINDS: Final = ("web", "job", "held_open")
UNKNOWN_CLIENT: Final = "unknown"
_STATUS = re.compile(r"([1-5])(?:xx|(\d\d))", re.IGNORECASE)
_CLIENT = re.compile(r"[0-9a-f]{1,16}")


class Filters(TypedDict, total=False):
    """What can be asked for; None and absent mean everything."""

    service: str | None
    version: str | None
    """service.version"""
    kind: str | None
    """web, job or held_open"""
    endpoint: str | None
    """`METHOD route` or the name of a job, as the ranking shows it"""
    method: str | None
    route: str | None
    """exactly, or everything below with a `*` at the end: `/api/*`"""
    status: str | None
    """`503`, or a class: `5xx`"""
    client: str | None
    """as the rankings show it, or its first digits; `unknown` for requests of nobody known"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters as the values that the shared relation `selected` binds."""

    service: str | None = None
    version: str | None = None
    kind: str | None = None
    method: str | None = None
    route: str | None = None
    route_prefix: str | None = None
    job: str | None = None
    status_from: int | None = None
    status_to: int | None = None
    client_from: int | None = None
    client_to: int | None = None

    @classmethod
    def of(cls, **filters: Unpack[Filters]) -> "Selection":
        """The selection that these filters mean; raises BadInputError for one that nothing could ever match."""
        given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
        values: dict[str, Any] = {name: given.get(name) for name in ("service", "version")} | _endpoint(given)
        if status := given.get("status"):
            values["status_from"], values["status_to"] = _statuses(status)
        if client := given.get("client"):
            values["client_from"], values["client_to"] = _clients(client)
        return cls(**values)

    def bind(self, window: Window, since_ns: int | None = None) -> dict[str, Any]:
        """The values that the shared relations bind for a window; `since_ns` makes `selected` look further back."""
        values = {name: getattr(self, name) for name in self.__slots__}
        since_ns = window.from_ns if since_ns is None else since_ns
        return values | {"from_ns": window.from_ns, "since_ns": since_ns, "to_ns": window.to_ns}


def _endpoint(given: dict[str, Any]) -> dict[str, Any]:
    kind, method, route = given.get("kind"), given.get("method"), given.get("route")
    if kind is not None and kind not in KINDS:
        raise BadInputError(f"kind {kind!r} does not exist; choose web, job or held_open")
    if endpoint := given.get("endpoint"):
        if method or route:
            raise BadInputError("an endpoint names its method and route already; give one or the other")
        method, _, route = endpoint.partition(" ")
        return {"kind": kind, "method": method, "route": route, "job": endpoint}
    values = {"kind": kind, "method": method.upper() if method else None}
    if route and route.endswith("*"):
        return values | {"route_prefix": route[:-1]}
    return values | {"route": route}


def _statuses(text: str) -> tuple[int, int]:
    found = _STATUS.fullmatch(text.strip())
    if not found:
        raise BadInputError(f"status {text!r} does not exist; write 503 or a class like 5xx")
    if found[2]:
        return int(found[1] + found[2]), int(found[1] + found[2]) + 1
    return int(found[1]) * 100, int(found[1]) * 100 + 100


def _clients(text: str) -> tuple[int, int]:
    if text == UNKNOWN_CLIENT:
        return 0, 0
    if not _CLIENT.fullmatch(text.lower()):
        raise BadInputError(f"client {text!r} is no client id; copy one, or its first digits, from `hotspan clients`")
    missing = 16 - len(text)
    first = int(text, 16) << 4 * missing
    return first, first + (1 << 4 * missing) - 1
