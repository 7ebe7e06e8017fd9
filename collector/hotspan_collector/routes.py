"""The route template of a request, as its framework says it, within a bound.

Raw paths are never stored as routes: what matched no route is one bucket, what exceeds the bound another.
"""

from hotspan_collector.frameworks import litestar
from hotspan_collector.guard import LOG
from hotspan_collector.record import RequestRecord

UNMATCHED = "(unmatched)"
OTHER = "(other)"
MAX_LENGTH = 500


def route_of(record: RequestRecord) -> str | None:
    """The template its framework gives a request, open or finished; None when there is no framework that we know."""
    # In this order: while another thread finishes the request, its route is there before the others are gone.
    scope, routes = record.scope, record.routes
    if record.route is not None or scope is None:
        return record.route
    if routes is not None:
        found = routes.template(scope)
        if found is None and record.status != 404:
            found = routes.match(scope, record.path)
        return UNMATCHED if found is None else found
    if "litestar_app" in scope:
        return litestar.template(scope, record.path) or UNMATCHED
    return None


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
