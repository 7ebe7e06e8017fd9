"""`instrument(app)`: capture at the outermost place there is, whatever framework the app is made with."""

from typing import Any, TypeVar

from hotspan_collector.errors import BadInputError
from hotspan_collector.middleware import HotspanMiddleware, Receive, Scope, Send
from hotspan_collector.record import MARK

App = TypeVar("App")


def instrument(app: App, **settings: Any) -> App:
    """Records the requests of `app` from now on; returns what to serve in its place.

    An app that is an object stays that object: its class becomes a subclass whose calls go through capture. That lies
    outside of everything the app does (its error pages, its own tracing, middlewares added later, other tools that
    rebuild its middleware stack), and isinstance, attributes and command lines go on working. An app that is a function
    comes back wrapped. Doing it twice changes nothing.

    Settings are those of settings.py, by keyword. Raises BadInputError for settings it cannot use and for a WSGI app.
    """
    kind = type(app)
    if issubclass(kind, HotspanMiddleware) or hasattr(kind, "hotspan_capture"):
        return app
    if (hasattr(app, "wsgi_app") and not hasattr(app, "asgi_app")) or kind.__name__ == "WSGIHandler":
        raise BadInputError(
            f"{kind.__name__} is a WSGI app and hotspan captures ASGI: run it under opentelemetry-instrument "
            "with OTEL_TRACES_EXPORTER=hotspan instead"
        )
    capture = HotspanMiddleware(app, **settings)  # type: ignore[arg-type]  # any ASGI app, however it is typed
    try:
        app.__class__ = _captured(kind, capture)
    except TypeError:  # functions and other objects whose class is fixed
        return capture  # type: ignore[return-value]  # takes the app's place, attributes included
    return app


def _captured(kind: Any, capture: HotspanMiddleware) -> type:
    """The class of an app, but for calls, which go through `capture`; it calls the app again, and that goes through."""

    async def call(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        await (kind.__call__(self, scope, receive, send) if MARK in scope else capture(scope, receive, send))

    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    return type(kind.__name__, (kind,), {**names, "__slots__": (), "__call__": call, "hotspan_capture": capture})
