"""The span processor: hands over what ends, links requests with their spans, and never hurts the app."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, Tracer

from hotspan_collector import guard
from hotspan_collector.processor import HotspanSpanProcessor, is_fed
from hotspan_collector.record import CURRENT_RECORD, RequestRecord
from hotspan_collector.recorder import Recorder
from sdk_spans import KeepingRecorder


def processing(recorder: KeepingRecorder, *, names_requests: bool = False, **provider: Any) -> Tracer:
    """A tracer whose spans go to the recorder."""
    made = TracerProvider(shutdown_on_exit=False, **provider)
    made.add_span_processor(HotspanSpanProcessor(cast(Recorder, recorder), names_requests=names_requests))
    return made.get_tracer("tests")


@contextmanager
def serving(recorder: KeepingRecorder | None = None) -> Iterator[RequestRecord]:
    """The context of a request that is being captured."""
    record = RequestRecord(1, 1, "GET", "/a/7", b"", [], None, "1.1", 1)
    record.recorder = cast(Recorder, recorder or KeepingRecorder())
    token = CURRENT_RECORD.set(record)
    try:
        yield record
    finally:
        CURRENT_RECORD.reset(token)


def test_spans_are_handed_over_when_they_end() -> None:
    recorder = KeepingRecorder()
    tracer = processing(recorder)
    span = tracer.start_span("work")
    assert recorder.names == []
    span.end()
    assert recorder.names == ["work"]


def test_spans_of_single_messages_are_no_news() -> None:
    recorder = KeepingRecorder()
    tracer = processing(recorder)
    for name in ("GET /a http send", "GET /a http receive", "/ws websocket send", "/ws websocket receive", "resend"):
        tracer.start_span(name).end()
    assert recorder.names == ["resend"]


def test_the_server_span_is_the_span_of_the_request() -> None:
    tracer = processing(KeepingRecorder())
    with serving() as record:
        span = tracer.start_span("GET", kind=SpanKind.SERVER)
        tracer.start_span("select").end()
        tracer.start_span("another", kind=SpanKind.SERVER).end()
    context = span.get_span_context()
    assert (record.trace_id, record.span_id) == (context.trace_id, context.span_id)


def test_without_a_server_span_the_first_names_the_trace_and_a_later_server_span_corrects_it() -> None:
    tracer = processing(KeepingRecorder())
    with serving() as record:
        first = tracer.start_span("middleware").get_span_context()
        assert (record.trace_id, record.span_id) == (first.trace_id, 0)
        server = tracer.start_span("GET", kind=SpanKind.SERVER).get_span_context()
    assert (record.trace_id, record.span_id) == (server.trace_id, server.span_id)


def test_what_starts_after_the_request_is_not_its_span() -> None:
    tracer = processing(KeepingRecorder())
    with serving() as record:
        record.end_ns = 2
        tracer.start_span("background").end()
    assert record.trace_id == 0


def test_spans_beside_requests_are_linked_with_none() -> None:
    recorder = KeepingRecorder()
    processing(recorder).start_span("job").end()
    assert recorder.names == ["job"]


@pytest.mark.parametrize(
    ("names_requests", "started_as", "route", "ended_as"),
    [
        (True, "GET", "/a/{id}", "GET /a/{id}"),
        (True, "GET", None, "GET"),
        (True, "GET /own", "/a/{id}", "GET /own"),
        (False, "GET", "/a/{id}", "GET"),
    ],
)
def test_our_own_request_spans_get_the_route_for_a_name(
    names_requests: bool, started_as: str, route: str | None, ended_as: str
) -> None:
    recorder = KeepingRecorder()
    tracer = processing(recorder, names_requests=names_requests)
    with serving(recorder) as record:
        span = tracer.start_span(started_as, kind=SpanKind.SERVER)
        record.route = route
        span.end()
    assert recorder.names == [ended_as]


def test_spans_that_are_only_recorded_come_too_and_dropped_ones_cannot() -> None:
    class Only(Sampler):
        def __init__(self, decision: Decision) -> None:
            self.decision = decision

        def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
            return SamplingResult(self.decision)

        def get_description(self) -> str:
            return "only"

    recorder = KeepingRecorder()
    for decision in (Decision.RECORD_ONLY, Decision.DROP):
        processing(recorder, sampler=Only(decision)).start_span(decision.name).end()
    assert recorder.names == ["RECORD_ONLY"]


def test_each_app_gets_the_spans_of_its_own_requests() -> None:
    first, second = KeepingRecorder(), KeepingRecorder()
    tracer = processing(first)
    with serving(second):
        tracer.start_span("of the second").end()
    tracer.start_span("of nobody").end()
    assert (first.names, second.names) == (["of nobody"], ["of the second"])


def test_a_recorder_is_fed_once_a_processor_has_it() -> None:
    recorder = KeepingRecorder()
    assert not is_fed(cast(Recorder, recorder))
    processing(recorder)
    assert is_fed(cast(Recorder, recorder))


def test_shutdown_and_flush_seal_what_is_buffered() -> None:
    recorder = KeepingRecorder()
    processor = HotspanSpanProcessor(cast(Recorder, recorder))
    assert processor.force_flush(1) is True
    processor.shutdown()
    assert recorder.flushes == [False, False]


class Broken(KeepingRecorder):
    """A recorder that fails at everything."""

    def add_spans(self, spans: Any) -> None:
        raise RuntimeError("full")

    def flush(self, merge: bool | None = None) -> None:
        raise RuntimeError("no disk")


def test_no_error_of_ours_reaches_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where it is set, errors are raised
    monkeypatch.setattr(guard, "errors", type(guard.errors)())
    processor = HotspanSpanProcessor(cast(Recorder, Broken()))
    processor.on_end(cast(ReadableSpan, object()))
    with serving():
        processor.on_start(cast(Any, object()))
    assert processor.force_flush() is False
    processor.shutdown()
    tracer = processing(Broken())
    tracer.start_span("work").end()
    assert guard.errors == {"taking a span": 2, "linking a request with its span": 1, "flushing spans": 2}


def test_errors_are_raised_in_tests() -> None:
    with pytest.raises(RuntimeError, match="full"):
        processing(Broken()).start_span("work").end()
