"""OpenTelemetry spans beside capture: whose tracer provider reports to us, and who makes the SERVER span.

The tracing an app has already is left as it is: hotspan adds its span processor to those providers and starts no span
of its own. Only where nobody has set up anything does it make opentelemetry-sdk's provider the global one, so that
library instrumentations report to it too, and lets FastAPI (>= 0.142) or opentelemetry-instrumentation-asgi make the
SERVER spans. Capture calls `set_up` when the app has started, so what the app sets up at startup comes first; a
provider it sets after its first request is refused by OpenTelemetry, which logs so.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.environment_variables import OTEL_TRACES_SAMPLER
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from hotspan_collector import instrumentations
from hotspan_collector.processor import CURRENT_RECORDER, HotspanSpanProcessor

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder
    from hotspan_collector.settings import Settings

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Any, Any], Awaitable[None]]

_own: TracerProvider | None = None
_processors: "WeakKeyDictionary[Any, HotspanSpanProcessor]" = WeakKeyDictionary()


def set_up(app: AsgiApp, settings: "Settings", recorder: "Recorder", whole: Any = None) -> AsgiApp:
    """What to call in place of the app, so that its spans come to the recorder. May be asked for several apps.

    `whole` is the app in which capture is a middleware, and `app` what it stands before; the same if None.
    """
    whole = app if whole is None else whole
    given = instrumentations.of_app(whole)
    sinks = [sink for instrumentation in given for sink in instrumentations.sinks_of(instrumentation)]
    provider = trace.get_tracer_provider()
    if sinks or _is_taken(provider):
        for sink in [*sinks, *instrumentations.sinks_of(provider)]:
            _feed(sink, recorder)
        return _for_recorder(app, recorder)
    _feed(own := _own_provider(settings), recorder)
    if not given and not instrumentations.emits_when_configured(whole):
        app = _with_server_spans(app, own)
    return _for_recorder(app, recorder)


def _is_taken(provider: object) -> bool:
    """Has somebody else set up the global provider (or set one that does nothing)?"""
    return provider is not _own and not isinstance(provider, trace.ProxyTracerProvider)


def _own_provider(settings: "Settings") -> TracerProvider:
    """Our provider, made the global one. The caller's sampling flag is not obeyed, an operator's OTEL_TRACES_SAMPLER is."""
    global _own
    if _own is None:
        about = {SERVICE_NAME: settings.service}
        if settings.service_version is not None:
            about[SERVICE_VERSION] = settings.service_version
        _own = TracerProvider(
            resource=Resource.create(about),
            sampler=None if os.environ.get(OTEL_TRACES_SAMPLER) else ALWAYS_ON,
            shutdown_on_exit=False,  # the recorder ends by itself
        )
        trace.set_tracer_provider(_own)
    return _own


def _feed(sink: Any, recorder: "Recorder") -> None:
    """One processor a sink, however many apps report through it."""
    sink = getattr(sink, "_active_span_processor", sink)
    if (processor := _processors.get(sink)) is not None:
        processor.feed(recorder)
        return
    ours = _own is not None and sink is _own._active_span_processor
    _processors[sink] = processor = HotspanSpanProcessor(recorder, names_requests=ours)
    sink.add_span_processor(processor)


def _for_recorder(app: AsgiApp, recorder: "Recorder") -> AsgiApp:
    """The app, the spans of whose requests go to this recorder and no other."""

    async def for_recorder(scope: Scope, receive: Any, send: Any) -> None:
        token = CURRENT_RECORDER.set(recorder)
        try:
            await app(scope, receive, send)
        finally:
            CURRENT_RECORDER.reset(token)

    return for_recorder


def _with_server_spans(app: AsgiApp, provider: TracerProvider) -> AsgiApp:
    """The app with a SERVER span around each request, from opentelemetry-instrumentation-asgi.

    Each request starts in an empty OpenTelemetry context. In what a server leaves over from the request before, on
    the same connection, the span would become INTERNAL and a child of that request's.
    """
    traced = OpenTelemetryMiddleware(
        app,
        tracer_provider=provider,
        meter_provider=NoOpMeterProvider(),  # the user has not asked for metrics
        exclude_spans=["receive", "send"],
        default_span_details=_span_details,
    )

    async def in_fresh_context(scope: Scope, receive: Any, send: Any) -> None:
        scope.setdefault("fastapi.telemetry", None)  # FastAPI apps mounted in this one make no second SERVER span
        token = attach(Context())
        try:
            await traced(scope, receive, send)
        finally:
            detach(token)

    return in_fresh_context


def _span_details(scope: Scope) -> tuple[str, dict[str, Any]]:
    """A span's name and more attributes: the method, for a raw path would make every name another one."""
    return str(scope.get("method", "WEBSOCKET")), {}
