"""The route template of a request: what its framework says, else a guess from the path, within a bound.

Raw paths are never stored as routes: what matched no route is one bucket, what exceeds the bound another.
"""

import re

from hotspan_collector.frameworks import starlette
from hotspan_collector.guard import LOG
from hotspan_collector.record import RequestRecord

UNMATCHED = "(unmatched)"
OTHER = "(other)"
MAX_LENGTH = 500

_IDENTIFIER = re.compile(
    r".{60,}"  # no word is that long
    r"|\d+"
    r"|\d{4}-\d\d(?:-\d\d)?"  # 2026-09 and 2026-09-21
    r"|(?=.*\d)[0-9a-fA-F]{8,}"  # a hash
    r"|(?=.*\d)[\w-]{20,}"  # a token, a UUID
    r"|.*@.*"  # an e-mail address or a handle
)


def route_of(record: RequestRecord) -> str | None:
    """The template its framework gives a request, open or finished; None when there is no framework that we know."""
    scope = record.scope
    if record.route is not None or scope is None:
        return record.route
    if record.router is not None:
        found = starlette.template(scope, record.router)
        if found is None and record.status != 404:
            found = starlette.match(scope, record.path, record.router)
        return UNMATCHED if found is None else found
    if "path_template" in scope:  # Litestar
        return str(scope["path_template"])
    if "litestar_app" in scope:
        return UNMATCHED
    return None


def guess(path: str) -> str:
    """A template out of a raw path, for apps without routes: segments that look like identifiers become `{id}`."""
    return "/".join("{id}" if _IDENTIFIER.fullmatch(part) else part for part in path[:MAX_LENGTH].split("/"))


class RouteBound:
    """The distinct routes of this process, at most `limit`; what comes after them shares one bucket."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: set[str] = {UNMATCHED}
        self._warned = False

    def hold(self, route: str) -> str:
        """The route to store: itself, cut to MAX_LENGTH, or the bucket once the bound is reached."""
        route = route[:MAX_LENGTH]
        if route in self._known:
            return route
        if len(self._known) <= self._limit:
            self._known.add(route)
            return route
        if not self._warned:
            self._warned = True
            LOG.warning(
                "more than %d distinct routes: the rest are counted as %s; raise HOTSPAN_MAX_ROUTES, "
                "or make the app name its routes",
                self._limit,
                OTHER,
            )
        return OTHER
