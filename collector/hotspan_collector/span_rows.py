"""Ended spans as raw columns: what seal_spans.sql turns into rows. Nothing is judged here, only carried.

Works on lists, a column at a time, and reads the SDK's private fields: its public properties cost two calls each
(attributes: a mapping proxy over a locked mapping). Spans that have no such fields are read through the public ones.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hotspan_collector.span_contents import Contents

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder

TYPES = {
    "worker": "ubigint",
    "seq": "bigint",
    "service": "varchar",
    "service_version": "varchar",
    "instance": "varchar",
    "trace_id": "varchar",
    "span_id": "varchar",
    "parent_span_id": "varchar",
    "start_ns": "bigint",
    "end_ns": "bigint",
    "content": "bigint",
}
"""The relation raw_spans; what `span_columns` leaves out is the same for all spans of the process."""

SEPARATOR = "\x1f"
"""Between packed attribute names, and values: ASCII's unit separator, which no sane attribute holds."""

MAX_VALUE_LENGTH = 2_000
"""Characters of one attribute value that are carried on; statements are the longest that anybody reads."""

MAX_NAME_LENGTH = 500
"""Characters of a span's or an attribute's name that are carried on."""

MAX_PACKED_LENGTH = 32_000
"""Characters of all values of one span that are carried on."""

_LONG = 4_000
"""Above so many characters of values, a span's values are looked at one by one."""

_OF_REQUEST = ("http.", "url.", "net.", "network.", "server.", "client.", "user_agent.")
"""Attributes of a SERVER span that its captured request tells too. They differ from request to request."""

_PLAIN = {str, int}
"""Types whose str() is the text to keep; a bool's is not."""


def span_columns(spans: Sequence[Any], recorder: "Recorder", contents: Contents) -> dict[str, Sequence[Any]]:
    """The columns of raw_spans for SDK spans; what they say is noted in `contents`."""
    try:
        return _columns(spans, recorder, contents)
    except AttributeError:
        return _columns([_public(span) for span in spans], recorder, contents)


def _columns(spans: Sequence[Any], recorder: "Recorder", contents: Contents) -> dict[str, Sequence[Any]]:
    identities = [span._context for span in spans]
    next_seq = recorder.next_seq
    columns: dict[str, Sequence[Any]] = {
        "seq": [next_seq() for _ in spans],
        "trace_id": [f"{identity.trace_id:032x}" for identity in identities],
        "span_id": [f"{identity.span_id:016x}" for identity in identities],
        "parent_span_id": ["" if span._parent is None else f"{span._parent.span_id:016x}" for span in spans],
        "start_ns": [span._start_time for span in spans],
        "end_ns": [span._end_time for span in spans],
        "content": contents.numbers(_contents(spans, recorder)),
    }
    if not recorder.captures:
        columns |= _services(spans, recorder)
    return columns


def _contents(spans: Sequence[Any], recorder: "Recorder") -> Iterable[tuple[str, ...]]:
    """The Content of each span, as plain tuples: they are only compared."""
    kinds = [span._kind._name_ for span in spans]
    statuses = [span._status._status_code._name_ for span in spans]
    return zip(
        [span._name[:MAX_NAME_LENGTH] for span in spans],
        _scopes(spans),
        kinds,
        statuses,
        [_exception_type(span) if status == "ERROR" else "" for span, status in zip(spans, statuses, strict=True)],
        *_attributes(spans, kinds if recorder.captures else ()),
        strict=True,
    )


def _scopes(spans: Sequence[Any]) -> list[str]:
    """Names of instrumentation libraries; spans share few scope objects."""
    scopes = [span._instrumentation_scope for span in spans]
    names = {id(scope): "" if scope is None else scope.name for scope in scopes}
    return [names[id(scope)] for scope in scopes]


def _exception_type(span: Any) -> str:
    """The type of the last exception a failed span recorded. Message and stack trace may hold secrets: never read."""
    for event in reversed(span._events):
        if event.name == "exception" and (found := (event.attributes or {}).get("exception.type")):
            return str(found)[:MAX_NAME_LENGTH]
    return ""


def _services(spans: Sequence[Any], recorder: "Recorder") -> dict[str, Sequence[Any]]:
    """Where nothing is captured the spans say which service they are of; a provider may be given a new resource."""
    settings = recorder.settings
    resources = [span._resource for span in spans]
    told: dict[int, tuple[str, str | None]] = {}
    for resource in {id(resource): resource for resource in resources}.values():
        given = resource.attributes
        name = str(given.get("service.name") or "unknown_service")
        version = given.get("service.version")
        told[id(resource)] = (
            settings.service if name.startswith("unknown_service") else name,
            settings.service_version if version is None else str(version),
        )
    services = [told[id(resource)] for resource in resources]
    return {"service": [name for name, _ in services], "service_version": [version for _, version in services]}


def _attributes(spans: Sequence[Any], kinds: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names and values, packed. Spans of one kind share their names, which are packed once.

    With `kinds` given, SERVER spans lose what their captured requests tell: it would not be kept anyway.
    """
    given = _given(spans)
    shapes = list(map(tuple, given))
    if kinds:
        own = {shape: tuple(key for key in shape if not key.startswith(_OF_REQUEST)) for shape in set(shapes)}
        shapes = [own[shape] if kind == "SERVER" else shape for shape, kind in zip(shapes, kinds, strict=True)]
        given = [
            attributes if len(attributes) == len(shape) else {key: attributes[key] for key in shape}
            for attributes, shape in zip(given, shapes, strict=True)
        ]
    packed = {shape: SEPARATOR.join([_plain(key, MAX_NAME_LENGTH) for key in shape]) for shape in set(shapes)}
    return [packed[shape] for shape in shapes], _packed_values(given)


def _given(spans: Sequence[Any]) -> list[dict[str, Any]]:
    """The attributes of spans as ordinary dicts: those inside the SDK's, or copies."""
    try:
        return [span._attributes._dict for span in spans]
    except AttributeError:
        return [dict(getattr(span._attributes, "_dict", span._attributes) or {}) for span in spans]


def _packed_values(given: Sequence[Mapping[str, Any]]) -> list[str]:
    join = SEPARATOR.join
    values = [attributes.values() for attributes in given]
    if set(map(type, chain.from_iterable(values))) <= _PLAIN:
        packed = [join(map(str, each)) for each in values]
        if max(map(len, packed), default=0) <= _LONG and not _has_separators(packed, values):
            return packed
    return [join([_plain(_text(value)) for value in each])[:MAX_PACKED_LENGTH] for each in values]


def _has_separators(packed: Iterable[str], values: Sequence[Any]) -> bool:
    """Does any value hold the separator itself?"""
    expected = sum(map(len, values)) - sum(map(bool, values))
    return "".join(packed).count(SEPARATOR) != expected


def _plain(text: str, limit: int = MAX_VALUE_LENGTH) -> str:
    return text[:limit].replace(SEPARATOR, " ")


def _text(value: Any) -> str:
    """A value as the text other sources give it: true, 0.5, ["a", "b"]; bytes are never text and only counted."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, Sequence | Mapping):
        return json.dumps(value, default=_text, ensure_ascii=False, skipkeys=True)
    return str(value)


def _public(span: Any) -> SimpleNamespace:
    """A span of another make, under the names the SDK uses inside."""
    return SimpleNamespace(
        _context=span.context,
        _parent=span.parent,
        _name=span.name,
        _kind=span.kind,
        _start_time=span.start_time,
        _end_time=span.end_time,
        _status=SimpleNamespace(_status_code=span.status.status_code),
        _events=span.events,
        _instrumentation_scope=span.instrumentation_scope,
        _resource=span.resource,
        _attributes=span.attributes,
    )
