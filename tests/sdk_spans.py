"""Real spans of opentelemetry-sdk, and a recorder that only keeps what it is given."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from hotspan_collector.settings import Settings


class KeepingRecorder:
    """Stands in for the recorder: keeps spans, counts flushes; the last one merges."""

    def __init__(self, *, captures: bool = False, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.captures = captures
        self.next_seq: Callable[[], int] = itertools.count(1).__next__
        self.spans: list[ReadableSpan] = []
        self.flushes: list[bool | None] = []

    def add_spans(self, spans: Sequence[ReadableSpan]) -> None:
        self.spans.extend(spans)

    def flush(self, merge: bool | None = None) -> None:
        self.flushes.append(merge)

    def close(self) -> None:
        self.flushes.append(True)

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.spans]


def provider(**resource: str) -> tuple[TracerProvider, InMemorySpanExporter]:
    """A tracer provider of a user's own, and the exporter that stands for their backend."""
    backend = InMemorySpanExporter()
    made = TracerProvider(
        resource=Resource({key.replace("_", "."): value for key, value in resource.items()}), shutdown_on_exit=False
    )
    made.add_span_processor(SimpleSpanProcessor(backend))
    return made, backend


def ended(work: Callable[[Tracer], object], **resource: str) -> list[ReadableSpan]:
    """The spans that `work` makes with a tracer, in the order of their ends."""
    made, backend = provider(**resource)
    work(made.get_tracer("tests", "1"))
    return list(backend.get_finished_spans())
