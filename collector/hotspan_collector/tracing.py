"""OpenTelemetry spans beside capture: whose tracer provider reports to us, and who makes the SERVER span.

The tracing an app has already is left as it is: hotspan adds its span processor to those providers and starts no span
of its own. Only where nobody has set up anything does it make opentelemetry-sdk's provider the global one, so that
library instrumentations report to it too, and lets opentelemetry-instrumentation-asgi make the SERVER spans. Capture
calls `set_up` when the app has started, so what the app sets up at startup comes first; a provider it sets after its
first request is refused by OpenTelemetry, which logs so.
"""

import contextlib
import os
from contextvars import Token
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from opentelemetry import propagate, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.environment_variables import OTEL_TRACES_SAMPLER
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind

from hotspan_collector import instrumentations
from hotspan_collector.asgi import AsgiApp, Receive, Scope, Send
from hotspan_collector.guard import guarded
from hotspan_collector.processor import HotspanSpanProcessor
from hotspan_collector.record import CURRENT_RECORD, MARK, RequestRecord

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder
    from hotspan_collector.settings import Settings

_own: TracerProvider | None = None
_processors: "WeakKeyDictionary[Any, HotspanSpanProcessor]" = WeakKeyDictionary()


def set_up(call: AsgiApp, app: Any, settings: "Settings", recorder: "Recorder") -> AsgiApp:
    """What to call in place of `call` for a captured request, so that its spans come to the recorder, linked with it.

    `app` is looked at for the tracing it has: what `call` calls, or the app in which capture is a middleware.
    """
    given = instrumentations.of_app(app)
    sinks = [sink for instrumentation in given for sink in instrumentations.sinks_of(instrumentation)]
    provider = trace.get_tracer_provider()
    if sinks or _is_taken(provider):
        for sink in [*sinks, *instrumentations.sinks_of(provider)]:
            _feed(sink, recorder)
        return _linked(call, recorder)
    _feed(own := _own_provider(settings), recorder)
    if given:
        return _linked(call, recorder)
    return _with_server_spans(call, recorder, own)


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


def _linked(call: AsgiApp, recorder: "Recorder") -> AsgiApp:
    """Spans that start in a request find its record, and the record a SERVER span that started before capture."""

    async def linked(scope: Scope, receive: Receive, send: Send) -> None:
        record = scope[MARK]
        record.recorder = recorder
        with guarded("linking a request with its span"):
            _link_outer(record)
        token = CURRENT_RECORD.set(record)
        try:
            await call(scope, receive, send)
        finally:
            _reset(token)

    return linked


def _link_outer(record: RequestRecord) -> None:
    outer = trace.get_current_span()
    # Not one that has ended: in some servers contexts leak from request to request.
    if outer.is_recording() and getattr(outer, "kind", None) is SpanKind.SERVER:
        context = outer.get_span_context()
        record.trace_id, record.span_id = context.trace_id, context.span_id


def _with_server_spans(call: AsgiApp, recorder: "Recorder", provider: TracerProvider) -> AsgiApp:
    """Each request in a SERVER span made by opentelemetry-instrumentation-asgi, and linked with it.

    Each starts in an empty OpenTelemetry context. In what a server leaves over from the request before, on the same
    connection, the span would become INTERNAL and a child of that request's.

    The instrumentation is shown a scope with those headers only that it reads or that carry a trace: for each of a
    dozen look-ups it scans and decodes all of them, a third of its time. The app is called with the scope as it is.
    """

    async def with_whole_scope(told: Scope, receive: Receive, send: Send) -> None:
        await call(told[_WHOLE], receive, send)

    traced = OpenTelemetryMiddleware(
        with_whole_scope,
        tracer_provider=provider,
        meter_provider=NoOpMeterProvider(),  # the user has not asked for metrics
        exclude_spans=["receive", "send"],
        default_span_details=_span_details,
    )
    all_headers = bool(traced.http_capture_headers_server_request)  # an operator wants some of them recorded
    carriers = frozenset(field.lower().encode() for field in propagate.get_global_textmap().fields)

    async def with_server_span(scope: Scope, receive: Receive, send: Send) -> None:
        record = scope[MARK]
        record.recorder = recorder
        scope.setdefault("fastapi.telemetry", None)  # FastAPI makes no second SERVER span: its own cost twice as much
        headers = scope.get("headers") or ()
        told = {
            "type": scope["type"],
            "method": record.method,
            "path": record.path,
            "headers": headers if all_headers else [header for header in headers if header[0] in carriers],
            _WHOLE: scope,
        }
        token = CURRENT_RECORD.set(record)
        context_token = attach(_EMPTY)
        try:
            await traced(told, receive, send)
        finally:
            detach(context_token)
            _reset(token)

    return with_server_span


_WHOLE = "hotspan.scope"
_EMPTY = Context()


def _reset(token: Token[RequestRecord | None]) -> None:
    with contextlib.suppress(ValueError):  # the request ended in another context than it began in
        CURRENT_RECORD.reset(token)


def _span_details(scope: Scope) -> tuple[str, dict[str, Any]]:
    """A span's name and more attributes: the method, for a raw path would make every name another one."""
    return str(scope["method"]), {}
