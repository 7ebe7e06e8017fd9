"""The OpenTelemetry span exporter: `OTEL_TRACES_EXPORTER=hotspan opentelemetry-instrument …`, for any framework.

Without capture the SERVER spans are all that tells of the requests, so they become the request rows. Where the
middleware has put its processor on the provider, what comes here has come there already: it is passed over.

opentelemetry-instrument makes an exporter in every Python process it meets (a supervisor, a resource tracker, each
worker). So nothing is opened before the first export, and a forked child starts anew; only who exports writes.
"""

from collections.abc import Callable, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from hotspan_collector.guard import report
from hotspan_collector.processor import MESSAGE_SPANS, is_fed
from hotspan_collector.recorder import Recorder, recorder_for
from hotspan_collector.settings import Settings


class HotspanSpanExporter(SpanExporter):
    """Brings exported spans to the store of the settings, which are those of HOTSPAN_* unless given."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hands the spans over. What the store cannot take is counted there as lost."""
        try:
            if self._settings is None:
                self._settings = Settings.from_environment()
            recorder = recorder_for(self._settings)  # by process: after a fork it has begun anew
            if not is_fed(recorder):
                recorder.add_spans([span for span in spans if not span.name.endswith(MESSAGE_SPANS)])
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            report("taking exported spans", error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """The last spans are sealed and merged, and the recorder's thread ends: the process is about to.

        Not left to atexit, which may be what calls this and then forgets what is registered meanwhile; a thread that
        still holds DuckDB when the interpreter is torn down makes it print lists of leaks.
        """
        self._told(lambda recorder: recorder.close())

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002  # the interface's
        """Seals what is buffered. Not bound by the timeout: sealing is local and short."""
        return self._told(lambda recorder: recorder.flush(merge=False))

    def _told(self, say: Callable[[Recorder], None]) -> bool:
        if self._settings is None:
            return True  # nothing was ever exported here
        try:
            say(recorder_for(self._settings))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            report("flushing spans", error)
            return False
        return True
