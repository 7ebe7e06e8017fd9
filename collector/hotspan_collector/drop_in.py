"""`instrument(app)`: capture at the outermost place there is, whatever framework the app is made with."""

from typing import Any, TypeVar, Unpack

from hotspan_collector.errors import BadInputError
from hotspan_collector.middleware import HotspanMiddleware
from hotspan_collector.settings import GivenSettings

App = TypeVar("App")


def instrument(app: App, **settings: Unpack[GivenSettings]) -> App:
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
    # Looked up at each call, so that what others patch into the class later is not passed over.
    capture.original = lambda scope, receive, send: kind.__call__(app, scope, receive, send)
    return app


def _captured(kind: Any, capture: HotspanMiddleware) -> type:
    """The class of an app, but for its calls, which go through `capture`."""
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    calls = {"__call__": capture.__call__, "hotspan_capture": capture}  # bound already: no extra step per request
    return type(kind.__name__, (kind,), {**names, "__slots__": (), **calls})
