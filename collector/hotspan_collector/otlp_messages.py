"""OTLP's protobuf messages as columns of raw spans; files and the receiver both come through here."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hotspan_collector.span_contents import MAX_NAME_LENGTH, MAX_VALUE_LENGTH, SEPARATOR

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

TYPES = {
    "service": "varchar",
    "service_version": "varchar",
    "instance": "varchar",
    "trace_id": "varchar",
    "span_id": "varchar",
    "parent_span_id": "varchar",
    "name": "varchar",
    "kind": "varchar",
    "start_ns": "ubigint",
    "end_ns": "ubigint",
    "status": "varchar",
    "exception_type": "varchar",
    "scope": "varchar",
    "attribute_keys": "varchar",
    "attribute_values": "varchar",
    "document": "bigint",
}
"""The relation `message_spans`. Ids are hex as long as they came; times are as they came, 0 for none."""

_STATUS = ("UNSET", "OK", "ERROR")


def message_columns(documents: "Iterable[tuple[int | None, Iterable[ResourceSpans]]]") -> dict[str, list[Any]]:
    """The columns of `message_spans`, a row for each span; each document has a number that its spans are told by."""
    rows: list[tuple[Any, ...]] = []
    for document, messages in documents:
        for message in messages:
            resource = {pair.key: pair.value for pair in message.resource.attributes}
            service, version = (_given(resource, name) for name in ("service.name", "service.version"))
            of_resource = (service, version, _instance(resource))
            for scope_spans in message.scope_spans:
                scope = scope_spans.scope.name or None
                rows.extend((*of_resource, *_row(span, scope), document) for span in scope_spans.spans)
    columns = zip(*rows, strict=True) if rows else [()] * len(TYPES)
    return dict(zip(TYPES, map(list, columns), strict=True))


def _row(span: "Span", scope: str | None) -> tuple[Any, ...]:
    return (
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name[:MAX_NAME_LENGTH],
        str(span.kind),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _STATUS[span.status.code] if span.status.code < len(_STATUS) else "UNSET",
        _exception_type(span) if span.events else None,
        scope,
        SEPARATOR.join([_plain(pair.key, MAX_NAME_LENGTH) for pair in span.attributes]),
        SEPARATOR.join([_plain(_text(pair.value)) for pair in span.attributes]),
    )


def _given(resource: "dict[str, AnyValue]", name: str) -> str | None:
    return _text(resource[name]) or None if name in resource else None


def _instance(resource: "dict[str, AnyValue]") -> str | None:
    """service.instance.id, else host and process id, as far as they are told."""
    if told := _given(resource, "service.instance.id"):
        return told
    host, pid = _given(resource, "host.name"), _given(resource, "process.pid")
    return f"{host}:{pid}" if host and pid else host


def _exception_type(span: "Span") -> str | None:
    for event in reversed(span.events):
        if event.name == "exception":
            return next((_text(pair.value) for pair in event.attributes if pair.key == "exception.type"), None)
    return None


def _plain(text: str, limit: int = MAX_VALUE_LENGTH) -> str:
    return text[:limit].replace(SEPARATOR, " ")


def _text(value: "AnyValue") -> str:
    """The text of a value, as all sources write it: true, 0.5, ["a","b"]; bytes are only counted."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value
    if kind == "int_value":
        return str(value.int_value)
    return "" if kind is None else _rarer(value, kind)


def _rarer(value: "AnyValue", kind: str) -> str:
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "bytes_value":
        return f"({len(value.bytes_value)} bytes)"
    if kind == "double_value":
        return str(value.double_value)
    return json.dumps(_json(value), separators=(",", ":"), ensure_ascii=False)


def _json(value: "AnyValue") -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_json(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _json(pair.value) for pair in value.kvlist_value.values}
    return None if kind is None else _text(value) if kind == "bytes_value" else getattr(value, kind)
