"""Route templates of Starlette and FastAPI, out of the scope they leave behind, mounts and included routers included.

Starlette >= 1.7 and FastAPI write the leaf route into the scope. A mount writes down only what it matched, so its
template is looked up. Where no route was written (older Starlette, a plain route inside FastAPI, a middleware that
answered first), the request is matched against the routes as the framework would have done.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

MAX_REMEMBERED = 1_000
"""Mount prefixes and endpoints whose templates are remembered; beyond it, learning starts anew."""

_mounts: dict[tuple[int, str], str] = {}
_endpoints: dict[tuple[int, Any, str], str] = {}


def router_of(app: Any) -> Any:
    """The app or router whose routes a request is matched against, looked for through middlewares; None if none."""
    for _ in range(50):
        if app is None or hasattr(app, "routes"):
            return app
        app = getattr(app, "app", None)
    return None


def template(scope: MutableMapping[str, Any], router: Any) -> str | None:
    """The template the framework wrote into the scope, from the outermost router on; None when it wrote none."""
    route = scope.get("route")
    if route is None:
        return None
    if "fastapi" in scope:
        route = _included(route, scope["fastapi"])
    try:
        leaf: str | None = route.path_format
    except AttributeError:
        leaf = getattr(route, "path", None)
    if leaf is None or "app_root_path" not in scope:
        return leaf
    prefix = scope["root_path"].removeprefix(scope["app_root_path"])
    return _mounted(router, prefix) + leaf


def _included(route: Any, fastapi: Any) -> Any:
    """The route in its context, which adds the prefixes that FastAPI included its router with."""
    context = fastapi.get("effective_route_context")
    return context if context is not None and context.original_route is route else route


def match(scope: MutableMapping[str, Any], path: str, router: Any) -> str | None:
    """The template of the first route that takes this path, or takes it with another method; None when none does."""
    routed = "endpoint" in scope
    key = (id(router), scope.get("endpoint"), scope.get("root_path", "")) if routed else None
    if key is not None and key in _endpoints:
        return _endpoints[key]
    root = scope.get("app_root_path", scope.get("root_path", ""))
    asked = {**scope, "path": path, "root_path": root, "path_params": {}}
    for written in ("route", "endpoint", "fastapi", "app_root_path"):
        asked.pop(written, None)
    found = _match(router.routes, asked)
    if key is not None and found is not None and _is_single(router, scope["endpoint"]):
        _remember(_endpoints, key, found)
    return found


def _match(routes: Iterable[Any], scope: MutableMapping[str, Any]) -> str | None:
    partial: str | None = None
    for route in _flat(routes):
        how, child = route.matches(scope)
        if how.value == 0:  # Match.NONE; 1 is PARTIAL: another method, 2 is FULL
            continue
        found = _below(route, {**scope, **child})
        if how.value == 2:
            return found
        partial = partial or found
    return partial


def _below(route: Any, scope: MutableMapping[str, Any]) -> str | None:
    """The template of a matched route; for a mount or a host, of what it holds."""
    routes = getattr(route, "routes", None)
    if routes is None:
        return getattr(route, "path_format", None) or getattr(route, "path", None)
    if hasattr(route, "host_regex"):
        return _match(routes, scope)
    inner = _match(routes, scope) if routes else "/{path}"
    return None if inner is None else route.path + inner


def _mounted(router: Any, prefix: str) -> str:
    """The template of the mounts that matched this prefix; the prefix itself where they cannot be found."""
    key = (id(router), prefix)
    if key not in _mounts:
        _remember(_mounts, key, _mount_template(getattr(router, "routes", ()), prefix) or prefix)
    return _mounts[key]


def _mount_template(routes: Iterable[Any], prefix: str) -> str | None:
    for route in _flat(routes):
        if not hasattr(route, "path_regex") or not hasattr(route, "routes"):
            continue
        if (matched := route.path_regex.match(prefix + "/")) is None:
            continue
        rest = matched["path"].rstrip("/")
        inner = _mount_template(route.routes, f"/{rest}") if rest else ""
        if inner is not None:
            return str(route.path) + inner
    return None


def _flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Routes with FastAPI's included routers replaced by what they include, prefixes applied."""
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


def _is_single(router: Any, endpoint: Any) -> bool:
    """Does this endpoint serve one route only, so that it tells the route?"""
    owners = [leaf for leaf in _leaves(router.routes) if getattr(leaf, "endpoint", leaf) is endpoint]
    return len(owners) <= 1


def _remember(known: dict[Any, str], key: Any, found: str) -> None:
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known[key] = found
