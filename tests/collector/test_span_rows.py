"""SDK spans become raw columns: ids, times, what they say; private fields, public ones, and values of every type."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer
from opentelemetry.trace import set_span_in_context as within

from hotspan_collector.arrow_columns import Table
from hotspan_collector.recorder import Recorder
from hotspan_collector.span_contents import MAX_VALUE_LENGTH, SEPARATOR, Content, Contents
from hotspan_collector.span_rows import TYPES, span_columns
from raw_spans import sealing
from sdk_spans import KeepingRecorder, ended


def columns(
    spans: Sequence[Any], recorder: KeepingRecorder | None = None, contents: Contents | None = None
) -> dict[str, Sequence[Any]]:
    """The columns of a recorder that captures nothing, unless given."""
    return span_columns(spans, cast(Recorder, recorder or KeepingRecorder()), contents or Contents())


def contents_of(spans: Sequence[Any], **recorder: Any) -> list[Content]:
    """What each span says."""
    contents = Contents()
    numbers = columns(spans, KeepingRecorder(**recorder), contents)["content"]
    return [contents.by_number(number) for number in numbers]


def attributes_of(content: Content) -> dict[str, str]:
    """The attributes of a content, unpacked."""
    if not content.attribute_keys:
        return {}
    names, values = content.attribute_keys.split(SEPARATOR), content.attribute_values.split(SEPARATOR)
    return dict(zip(names, values, strict=True))


def nested(tracer: Tracer) -> None:
    with tracer.start_as_current_span("outer", kind=SpanKind.SERVER), tracer.start_as_current_span("inner"):
        pass


def test_ids_parents_and_times_are_carried() -> None:
    inner, outer = ended(nested)
    found = columns([inner, outer])
    assert found["seq"] == [1, 2]
    assert found["start_ns"] == [inner.start_time, outer.start_time]
    assert found["end_ns"] == [inner.end_time, outer.end_time]
    sealing().register("given", Table({name: found[name] for name in ("trace_id", "span_id", "parent_span_id")}, TYPES))
    (inner_ids, outer_ids) = sealing().execute("select * from given").fetchall()
    assert inner_ids == (
        f"{inner.context.trace_id:032x}", f"{inner.context.span_id:016x}", f"{outer.context.span_id:016x}",
    )  # fmt: skip
    assert outer_ids == (inner_ids[0], inner_ids[2], "0" * 16)


def test_ids_keep_their_leading_zeros() -> None:
    remote = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1))
    (span,) = ended(lambda tracer: tracer.start_span("x", within(NonRecordingSpan(remote))).end())
    found = columns([span])
    sealing().register("given", Table({name: found[name] for name in ("trace_id", "parent_span_id")}, TYPES))
    assert sealing().execute("select * from given").fetchall() == [("0" * 31 + "1", "0" * 15 + "2")]


def test_what_spans_say_is_carried() -> None:
    def work(tracer: Tracer) -> None:
        span = tracer.start_span("call", kind=SpanKind.CLIENT, attributes={"a": "x", "b": 2})
        span.set_status(Status(StatusCode.OK))
        span.end()

    (content,) = contents_of(ended(work))
    assert (content.name, content.scope, content.kind, content.status) == ("call", "tests", "CLIENT", "OK")
    assert attributes_of(content) == {"a": "x", "b": "2"}


def test_only_the_type_of_an_exception_is_read_and_only_of_a_failed_span() -> None:
    def work(tracer: Tracer) -> None:
        for error, handled in ((KeyError("hunter2"), False), (ValueError("hunter2"), True)):
            span = tracer.start_span("x")
            span.add_event("note", {"exception.type": "no exception"})
            span.record_exception(error)
            if not handled:
                span.set_status(Status(StatusCode.ERROR, "hunter2"))
            span.end()

    failed, handled = contents_of(ended(work))
    assert (failed.exception_type, handled.exception_type) == ("KeyError", "")
    assert "hunter2" not in str((failed, handled))


def test_values_of_every_type_become_text() -> None:
    given = {
        "text": "x", "int": -3, "true": True, "false": False, "float": 0.5, "nan": float("nan"), "texts": ["a", "b"],
        "numbers": [1, 2], "none": None, "empty": "", "surrogate": "a\ud800", "bytes": b"\xff\x00", "map": {"k": [1]},
        "separator": f"a{SEPARATOR}b",
    }  # fmt: skip
    span = SimpleNamespace(**vars(ended(nested)[0]) | {"_attributes": given})
    (content,) = contents_of([span])
    assert attributes_of(content) == {
        "text": "x", "int": "-3", "true": "true", "false": "false", "float": "0.5", "nan": "nan",
        "texts": '["a", "b"]', "numbers": "[1, 2]", "none": "", "empty": "", "surrogate": "a\ud800",
        "bytes": "(2 bytes)", "map": '{"k": [1]}', "separator": "a b",
    }  # fmt: skip


def test_values_that_cannot_be_hashed_are_carried_too() -> None:
    spans = [SimpleNamespace(**vars(ended(nested)[0]) | {"_attributes": {"list": [1, [2]]}}) for _ in range(2)]
    assert [attributes_of(content) for content in contents_of(spans)] == [{"list": "[1, [2]]"}] * 2


def test_huge_values_names_and_attribute_lists_are_cut() -> None:
    many = {f"key{number}": "v" * 5_000 for number in range(200)}
    spans = [SimpleNamespace(**vars(ended(nested)[0]) | {"_attributes": many, "_name": "n" * 5_000})]
    (content,) = contents_of(spans)
    assert len(content.name) == 500
    assert len(content.attribute_values) == 32_000
    assert len(content.attribute_values.split(SEPARATOR)[0]) == MAX_VALUE_LENGTH


def test_spans_without_private_fields_are_read_through_the_public_ones() -> None:
    spans = ended(nested)
    public = [
        SimpleNamespace(**{name: getattr(span, name) for name in (
            "context", "parent", "name", "kind", "start_time", "end_time", "status", "events", "instrumentation_scope",
            "resource", "attributes",
        )})
        for span in spans
    ]  # fmt: skip
    assert columns(public) == columns(spans)


def test_a_span_without_attributes_or_scope_is_carried() -> None:
    bare = ReadableSpan("bare", context=SpanContext(1, 2, is_remote=False), start_time=1, end_time=2)
    (content,) = contents_of([bare])
    assert (content.name, content.scope, content.attribute_keys) == ("bare", "", "")


@pytest.mark.parametrize(
    ("named", "expected"),
    [("shop", "shop"), ("unknown_service", "settings"), ("unknown_service:python", "settings"), ("", "settings")],
)
def test_the_resource_names_the_service_where_nothing_is_captured(named: str, expected: str) -> None:
    spans = ended(nested, **({"service_name": named} if named else {}))
    found = columns(spans, KeepingRecorder(service="settings"))
    assert found["service"] == [expected] * 2


def test_a_process_that_captures_has_one_service_for_requests_and_spans() -> None:
    found = columns(ended(nested, service_name="shop"), KeepingRecorder(captures=True))
    assert "service" not in found


def test_versions_come_from_the_resource_or_the_settings() -> None:
    told = columns(ended(nested, service_version="2"), KeepingRecorder(service_version="1"))
    untold = columns(ended(nested), KeepingRecorder(service_version="1"))
    assert (told["service_version"], untold["service_version"]) == (["2", "2"], ["1", "1"])


def test_a_captured_request_tells_what_its_span_would_and_no_more_is_taken_away() -> None:
    def work(tracer: Tracer) -> None:
        for kind in (SpanKind.SERVER, SpanKind.CLIENT):
            attributes: dict[str, Any] = {"http.route": "/a", "client.port": 5, "url.path": "/a", "order.id": 7}
            tracer.start_span("x", kind=kind, attributes=attributes).end()

    server, client = contents_of(ended(work), captures=True)
    assert attributes_of(server) == {"order.id": "7"}
    assert len(attributes_of(client)) == 4
    server, _ = contents_of(ended(work), captures=False)
    assert len(attributes_of(server)) == 4


def test_equal_spans_share_a_number_and_others_do_not() -> None:
    def work(tracer: Tracer) -> None:
        for name, value in (("a", 1), ("a", 1), ("a", 2), ("b", 1), ("a", 1)):
            tracer.start_span(name, attributes={"k": value}).end()

    contents = Contents()
    first = columns(ended(work), None, contents)["content"]
    assert first[0] == first[1] == first[4]
    assert len(set(first)) == 3
    assert columns(ended(work), None, contents)["content"] == first


def test_no_spans_are_no_rows() -> None:
    assert all(len(values) == 0 for values in columns([]).values())
