"""The OpenTelemetry span processor: hands ended spans to the recorder and tells a request's record which trace it is.

It sits beside whatever processors a provider has, and changes nothing about the spans. Spans that a sampler dropped
never come here; requests are counted by capture all the same.
"""

from typing import TYPE_CHECKING
from weakref import WeakSet

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind

from hotspan_collector.guard import report
from hotspan_collector.record import CURRENT_RECORD, RequestRecord

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder

MESSAGE_SPANS = (" http send", " http receive", " websocket send", " websocket receive")
"""How opentelemetry-instrumentation-asgi names the spans of single ASGI messages: two or three a request, no news."""

_fed: "WeakSet[Recorder]" = WeakSet()


def is_fed(recorder: "Recorder") -> bool:
    """Does a processor give this recorder the process's spans, so that an exporter need not?"""
    return recorder in _fed


class HotspanSpanProcessor(SpanProcessor):
    """Gives recorders the spans of one provider. Takes any span, sampled or only recorded; never raises."""

    def __init__(self, recorder: "Recorder", *, names_requests: bool = False) -> None:
        self._names_requests = names_requests
        self.feed(recorder)

    def feed(self, recorder: "Recorder") -> None:
        """From now on spans that belong to no app's request go to this recorder."""
        self._recorder = recorder
        _fed.add(recorder)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002  # the interface's
        """The first span in a request's context names its trace, the first SERVER span is its span."""
        record = CURRENT_RECORD.get()
        if record is None or record.span_id or record.end_ns is not None:
            return
        try:
            context = span.get_span_context()
            if span.kind is SpanKind.SERVER:
                record.trace_id, record.span_id = context.trace_id, context.span_id
            elif not record.trace_id:
                record.trace_id = context.trace_id
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            report("linking a request with its span", error)

    def on_end(self, span: ReadableSpan) -> None:
        """Buffers the span, which is sealed with others later, for the store of the app whose request this is."""
        try:
            record = CURRENT_RECORD.get()
            if span.name.endswith(MESSAGE_SPANS):
                return
            if record is None:
                self._recorder.add_spans((span,))
                return
            if self._names_requests and span.kind is SpanKind.SERVER:
                _name_request(span, record)
            record.recorder.add_spans((span,))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            report("taking a span", error)

    def shutdown(self) -> None:
        """The provider ends: what it gave us is sealed. The recorder goes on, others may use it."""
        self.force_flush()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002  # the interface's
        """Seals what is buffered. Not bound by the timeout: sealing is local and short."""
        try:
            self._recorder.flush(merge=False)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            report("flushing spans", error)
            return False
        return True


def _name_request(span: ReadableSpan, record: RequestRecord) -> None:
    """Gives the SERVER span of a request its route, which is known only now: "GET /items/{id}" in place of "GET"."""
    if record.route and record.span_id == span.context.span_id and span.name == record.method:
        span._name = f"{record.method} {record.route}"
