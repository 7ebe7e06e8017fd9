"""What makes OpenTelemetry spans in an app already: instrumentors, middlewares, plugins, a framework's own tracing."""

import sys
from collections.abc import Iterator
from typing import Any

_INNER = ("middleware_stack", "asgi_app", "asgi_handler", "app", "application", "open_telemetry_middleware")
"""Attributes under which frameworks and middlewares keep the app inside."""

_DEPTH = 50
"""Layers looked at; more is a loop."""


def of_app(app: Any) -> list[Any]:
    """The objects that make SERVER spans of the app's requests, or are registered to; empty where there are none."""
    found = [layer for layer in _layers(app) if _is_instrumentation(type(layer))]
    found += [each for each in _registered(app) if _is_instrumentation(type(each)) or _is_instrumentation(_made(each))]
    if getattr(app, "_is_instrumented_by_opentelemetry", False) or _is_django_instrumented(app):
        found.append(app)
    native = _native_config(app)
    if native.get("tracing") and native.get("tracer_provider") is not None:
        found.append(native["tracer_provider"])
    return found


def sinks_of(instrumentation: Any) -> Iterator[Any]:
    """What a span processor can be added to, of what belongs to an instrumentation: private providers included."""
    for thing in (instrumentation, *_parts(instrumentation)):
        if callable(getattr(thing, "add_span_processor", None)):
            yield thing
        elif callable(getattr(getattr(thing, "span_processor", None), "add_span_processor", None)):
            yield thing.span_processor  # an SDK tracer


def _native_config(app: Any) -> dict[str, Any]:
    """FastAPI's settings of its own tracing (>= 0.142)."""
    if not hasattr(app, "_native_telemetry"):
        return {}
    return dict(getattr(app, "_telemetry", None) or {})


def _layers(app: Any) -> Iterator[Any]:
    """The app and what it wraps, from the outside in."""
    if getattr(app, "middleware_stack", app) is None and hasattr(app, "build_middleware_stack"):
        app.middleware_stack = app.build_middleware_stack()  # as Starlette does at the first request, which is now
    waiting, seen = [app], set[int]()
    while waiting and len(seen) < _DEPTH:
        layer = waiting.pop()
        if layer is None or id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        waiting += [
            inner for name in _INNER if (inner := vars(layer).get(name) if hasattr(layer, "__dict__") else None)
        ]


def _registered(app: Any) -> Iterator[Any]:
    """Middlewares and plugins that an app lists (Litestar puts them around each route, not around the app)."""
    for name in ("middleware", "plugins"):
        listed = getattr(app, name, None)
        if isinstance(listed, list | tuple) or hasattr(listed, "__iter__"):
            yield from listed or ()


def _made(definition: Any) -> type:
    """The class that a middleware definition will make (Litestar's DefineMiddleware)."""
    made = getattr(definition, "middleware", definition)
    return made if isinstance(made, type) else type(made)


def _is_instrumentation(kind: type) -> bool:
    return "opentelemetry" in kind.__module__.lower() or "opentelemetry" in kind.__name__.lower()


def _is_django_instrumented(app: Any) -> bool:
    """Has DjangoInstrumentor put its middleware into Django's settings?"""
    if not type(app).__module__.startswith("django."):
        return False
    settings = sys.modules["django.conf"].settings
    return any("opentelemetry" in str(name) for name in settings.MIDDLEWARE)


def _parts(instrumentation: Any) -> Iterator[Any]:
    """Where instrumentations keep their tracer or provider."""
    for name in ("tracer", "_tracer", "tracer_provider", "_tracer_provider"):
        yield getattr(instrumentation, name, None)
    kwargs = getattr(instrumentation, "kwargs", None) or {}
    for config in (getattr(instrumentation, "config", None), kwargs.get("config")):
        yield from (getattr(config, name, None) for name in ("tracer", "tracer_provider"))
