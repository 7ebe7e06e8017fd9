"""Route templates of Litestar, which its router writes into the scope."""

from hotspan_collector.asgi import Scope


def template(scope: Scope, path: str) -> str | None:
    """The template of the route, prefixes included; None when the router found none. `path` is the one at the entry."""
    found = scope.get("path_template")
    if found or found is None:
        return found
    # A mount or a directory of static files: the router has no template for it, and left what comes after it.
    below = str(scope["path"]).rstrip("/")
    return f"{path.rstrip('/').removesuffix(below)}/{{path}}"
