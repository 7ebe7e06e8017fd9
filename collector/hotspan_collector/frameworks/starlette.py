"""Route templates of Starlette and FastAPI, out of the scope they leave behind, mounts and included routers included.

Starlette >= 1.7 and FastAPI write the leaf route into the scope. A mount writes down only what it matched, so its
template is looked up. Where no route was written (older Starlette, a plain route inside FastAPI, a middleware that
answered first), the request is matched against the routes as the framework would have done.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from hotspan_collector.asgi import Scope

MAX_REMEMBERED = 1_000
"""Mount prefixes and endpoints whose templates are remembered; beyond it, learning starts anew."""

_DEPTH = 50
"""Middlewares looked through for the router; more is a loop."""


def routes_of(app: Any) -> "Routes | None":
    """The routes of an app or of what it wraps; None where there are none of Starlette's kind."""
    for _ in range(_DEPTH):
        if isinstance(getattr(app, "routes", None), list) and hasattr(app, "url_path_for"):
            return Routes(app)
        app = getattr(app, "app", None)
    return None


class Routes:
    """What the requests of one app are matched against; `owner` is the app or router, whose routes may change."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._mounts: dict[str, str] = {}
        self._endpoints: dict[tuple[Any, str], str] = {}

    def template(self, scope: Scope) -> str | None:
        """The template of the route the framework wrote into the scope; None when it wrote none."""
        route = scope.get("route")
        if route is None:
            return None
        if "fastapi" in scope:
            route = _included(route, scope["fastapi"])
        leaf: str | None = getattr(route, "path_format", None)
        if leaf is not None and "app_root_path" not in scope:
            return leaf
        if hasattr(route, "routes"):  # a mount: of an app without routes, or of one that had none for this request
            leaf = None if route.routes else "/{path}"
        root = scope.get("root_path", "")
        return None if leaf is None else self._prefix(root.removeprefix(scope.get("app_root_path", root))) + leaf

    def match(self, scope: Scope, path: str) -> str | None:
        """The template of the first route that takes this path, if only with another method; None when none does."""
        endpoint = scope.get("endpoint")
        key = (endpoint, scope.get("root_path", ""))
        if endpoint is not None and key in self._endpoints:
            return self._endpoints[key]
        root = scope.get("app_root_path", scope.get("root_path", ""))
        asked = {**scope, "path": path, "root_path": root, "path_params": {}}
        for written in ("route", "endpoint", "fastapi", "app_root_path"):
            asked.pop(written, None)
        found = _match(self._owner.routes, asked)
        if found is not None and endpoint is not None and self._serves_one_route(endpoint):
            _remember(self._endpoints, key, found)
        return found

    def _prefix(self, matched: str) -> str:
        """The template of the mounts that matched this; itself where they cannot be found."""
        if matched not in self._mounts:
            _remember(self._mounts, matched, _mounts(self._owner.routes, matched) or matched)
        return self._mounts[matched]

    def _serves_one_route(self, endpoint: Any) -> bool:
        """Does the endpoint tell the route? Not if it serves several."""
        return sum(getattr(leaf, "endpoint", leaf) is endpoint for leaf in _leaves(self._owner.routes)) <= 1


def _included(route: Any, fastapi: Any) -> Any:
    """The route in its context, which adds the prefixes that FastAPI included its router with."""
    context = fastapi.get("effective_route_context")
    return context if context is not None and context.original_route is route else route


def _match(routes: Iterable[Any], scope: Scope) -> str | None:
    partial: str | None = None
    for route in _flat(routes):
        how, child = route.matches(scope)
        if how.value == 0:  # Match.NONE; 1 is PARTIAL, another method; 2 is FULL
            continue
        found = _below(route, {**scope, **child})
        if how.value == 2:
            return found
        partial = partial or found
    return partial


def _below(route: Any, scope: Scope) -> str | None:
    """The template of a matched route; of a mount or a host, the one of what it holds."""
    routes = getattr(route, "routes", None)
    if routes is None:
        return getattr(route, "path_format", None) or getattr(route, "path", None)
    if hasattr(route, "host_regex"):
        return _match(routes, scope)
    inner = _match(routes, scope) if routes else "/{path}"
    return None if inner is None else f"{route.path}{inner}"


def _mounts(routes: Iterable[Any], matched: str) -> str | None:
    for route in _flat(routes):
        if not hasattr(route, "path_regex") or not hasattr(route, "routes"):
            continue
        if (found := route.path_regex.match(f"{matched}/")) is None:
            continue
        rest = found["path"].rstrip("/")
        inner = _mounts(route.routes, f"/{rest}") if rest else ""
        if inner is not None:
            return f"{route.path}{inner}"
    return None


def _flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Routes, those that FastAPI includes from other routers with their prefixes."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield context.starlette_route or context
        else:
            yield route


def _leaves(routes: Iterable[Any]) -> Iterator[Any]:
    for route in _flat(routes):
        yield route
        yield from _leaves(getattr(route, "routes", None) or ())


def _remember(known: dict[Any, str], key: Any, found: str) -> None:
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known[key] = found
