"""Ended spans as raw columns: what seal_spans.sql turns into rows. Nothing is judged here, only carried.

Works on lists, a column at a time, and reads the SDK's private fields: its public properties cost two calls each
(attributes: a mapping proxy over a locked mapping). Spans that have no such fields are read through the public ones.
"""

from collections.abc import Sequence
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
    "trace_id": "hex(32)",
    "span_id": "hex(16)",
    "parent_span_id": "hex(16)",
    "start_ns": "bigint",
    "end_ns": "bigint",
    "content": "bigint",
}
"""The relation raw_spans; what `span_columns` leaves out is the same for all spans of the process."""

_OF_REQUEST = ("http.", "url.", "net.", "network.", "server.", "client.", "user_agent.")
"""Attributes of a SERVER span that its captured request tells too. They differ from request to request."""


def span_columns(spans: Sequence[Any], recorder: "Recorder", contents: Contents) -> dict[str, Sequence[Any]]:
    """The columns of raw_spans for SDK spans; what they say is noted in `contents`."""
    try:
        return _columns(spans, recorder, contents)
    except AttributeError:
        return _columns([_public(span) for span in spans], recorder, contents)


def _columns(spans: Sequence[Any], recorder: "Recorder", contents: Contents) -> dict[str, Sequence[Any]]:
    next_seq = recorder.next_seq
    identities = [span._context for span in spans]
    columns: dict[str, Sequence[Any]] = {
        "seq": [next_seq() for _ in spans],
        "trace_id": [identity.trace_id for identity in identities],
        "span_id": [identity.span_id for identity in identities],
        "parent_span_id": [0 if span._parent is None else span._parent.span_id for span in spans],
        "start_ns": [span._start_time for span in spans],
        "end_ns": [span._end_time for span in spans],
        "content": contents.numbers(_fields(spans, recorder.captures)),
    }
    if not recorder.captures:
        columns |= _services(spans, recorder)
    return columns


class _Shared(dict[Any, Any]):
    """What is asked for, or the equal one that was asked for first: thousands of equal tuples would each be one more that
    Python's garbage collection looks at, again and again."""

    def __missing__(self, key: Any) -> Any:
        self[key] = key
        return key


def _fields(spans: Sequence[Any], captures: bool) -> list[list[Any]]:
    """What the spans say: a list for each argument of Content.of."""
    kinds = [span._kind._name_ for span in spans]
    statuses = [span._status._status_code._name_ for span in spans]
    given = _attributes(spans)
    names = list(map(_Shared().__getitem__, map(tuple, given)))
    values = [tuple(attributes.values()) for attributes in given]
    if captures:
        _leave_out_requests(kinds, given, names, values)
    return [
        [span._name for span in spans],
        ["" if (scope := span._instrumentation_scope) is None else scope.name for span in spans],
        kinds,
        statuses,
        [_exception_type(span) if status == "ERROR" else "" for span, status in zip(spans, statuses, strict=True)],
        names,
        values,
    ]


def _attributes(spans: Sequence[Any]) -> list[dict[str, Any]]:
    """The attributes of spans as ordinary dicts: those inside the SDK's, or copies."""
    try:
        return [span._attributes._dict for span in spans]
    except AttributeError:
        return [dict(getattr(span._attributes, "_dict", span._attributes) or {}) for span in spans]


def _leave_out_requests(
    kinds: Sequence[str],
    given: Sequence[dict[str, Any]],
    names: list[tuple[str, ...]],
    values: list[tuple[Any, ...]],
) -> None:
    """Takes out of SERVER spans what their captured requests tell: it would not be kept, and makes each span another."""
    own = {shape: tuple(name for name in shape if not name.startswith(_OF_REQUEST)) for shape in set(names)}
    for place, kind in enumerate(kinds):
        if kind == "SERVER":
            names[place] = kept = own[names[place]]
            values[place] = tuple([given[place][name] for name in kept]) if kept else ()


def _exception_type(span: Any) -> str:
    """The type of the last exception a failed span recorded. Message and stack trace may hold secrets: never read."""
    for event in reversed(span._events):
        if event.name == "exception" and (found := (event.attributes or {}).get("exception.type")):
            return str(found)
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
