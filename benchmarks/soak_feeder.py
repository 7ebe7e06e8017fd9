"""A real OTLP client for soak.py: OpenTelemetry's SDK and exporter, which writes down what the receiver acknowledged.

    python soak_feeder.py http://127.0.0.1:4318/v1/traces TRACES_A_SECOND FILE

Ends when its standard input does. FILE then holds a line for each acknowledged span: its id and its start.
"""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

SERVICE = "feeder"


class Noting(SpanExporter):
    """Exports through another, and writes down each span of an export that succeeded."""

    def __init__(self, exporter: SpanExporter, path: Path) -> None:
        self._exporter = exporter
        self._file = path.open("w", encoding="utf-8")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._file.writelines(f"{span.context.span_id:016x} {span.start_time}\n" for span in spans)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
        self._file.close()


def feed(endpoint: str, traces_per_second: float, path: Path, ended: threading.Event) -> None:
    """Makes traces of a request and a statement, evenly, until told to end; then everything is sent."""
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(Noting(OTLPSpanExporter(endpoint=endpoint), path)))
    tracer = provider.get_tracer("soak")
    asked: dict[str, str | int] = {
        "http.request.method": "GET",
        "http.route": "/fed",
        "url.path": "/fed",
        "http.response.status_code": 200,
    }
    began_s, made = time.monotonic(), 0
    while not ended.wait(0.02):
        while made < (time.monotonic() - began_s) * traces_per_second:
            with (
                tracer.start_as_current_span("GET /fed", kind=SpanKind.SERVER, attributes=asked),
                tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT, attributes={"db.system.name": "sqlite"}),
            ):
                made += 1
    provider.shutdown()


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main() -> None:
    ended = threading.Event()
    endpoint, traces_per_second, path = sys.argv[1:]
    threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    feed(endpoint, float(traces_per_second), Path(path), ended)


if __name__ == "__main__":
    main()
