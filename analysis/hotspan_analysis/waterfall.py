"""One trace as a waterfall: its spans in order, how deep, how long by themselves, and which of them it waited for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.critical_path import Stretch, critical_path, self_times_ns
from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Query, Rows, as_dict, column
from hotspan_analysis.span_tree import Node, RecordedSpan, grow, without_repeats
from hotspan_analysis.window import iso
from hotspan_collector.errors import BadInputError

_ID: Final = re.compile(r"[0-9a-f]{4,32}")
_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class WaterfallSpan:
    """One span of the trace. Times are as recorded plus `shift_ms`."""

    depth: int = column("Depth", "how many spans are above it")
    name: str = column("Name", "the span's name; METHOD route for a request of which no span was recorded")
    service: str = column("Service", "service.name of the process")
    kind: str = column("Kind", "SERVER, CLIENT, INTERNAL, PRODUCER, CONSUMER or UNSPECIFIED")
    category: str = column("Category", "database, external, cache, template, messaging, server or internal")
    start: str = column("Start", "ISO 8601, UTC")
    start_ns: int = column("Start", "since the epoch, UTC", "ns")
    offset_ms: float = column("Offset", "start - start of the trace", "ms")
    duration_ms: float = column("Duration", "end - start", "ms")
    self_ms: float = column("Self", "duration - union of the children's durations, as far as they lie inside it", "ms")
    critical_ms: float = column(
        "Critical", "how long the trace waited for this span itself; adds up to the root's duration", "ms"
    )
    status: str = column("Status", "UNSET, OK or ERROR")
    error_type: str | None = column("Error", "what was raised")
    statement: str | None = column("Statement", "db.query.summary, or the statement with its literals replaced by ?")
    db_table: str | None = column("Table", "the table that the statement names first")
    db_rows: int | None = column("Rows", "rows returned or changed, where the span says so")
    endpoint: str | None = column("Endpoint", "METHOD route of the request that the span stands for")
    http_status: int | None = column("HTTP status", "of the request that the span stands for")
    span_id: str = column("Span", "its id")
    parent_span_id: str | None = column("Parent", "the id of its parent, as recorded")
    is_orphan: bool = column(
        "Orphan", "its parent was not recorded: it hangs below the request that was running, else alone"
    )
    is_recorded: bool = column("Recorded", "false: no span was recorded, the request is known from its capture")
    shift_ms: float = column("Shift", "added to its times because its clock disagrees with its parent's", "ms")
    attributes: Mapping[str, str] = column(
        "Attributes", "as recorded, without addresses, query strings, headers, literals"
    )


class Waterfall(Rows[WaterfallSpan]):
    """The spans of a trace, parents before children, siblings by start."""

    def __init__(
        self,
        trace_id: str,
        rows: Sequence[WaterfallSpan],
        path: Sequence[Stretch],
        repeated_spans: int,
        queries: Sequence[Query],
    ) -> None:
        super().__init__(WaterfallSpan, rows, queries)
        self.trace_id = trace_id
        self.critical_path = tuple(path)
        """Which span (its index here) the trace waited for from when to when; of every tree, if there are several."""
        self.repeated_spans = repeated_spans
        """Spans that were delivered more than once and are shown once."""

    @property
    def duration_ms(self) -> float:
        """From the first start to the last end of anything in the trace."""
        return max((row.offset_ms + row.duration_ms for row in self), default=0.0)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "trace_id": self.trace_id,
            "start": iso(min(row.start_ns for row in self)),
            "duration_ms": self.duration_ms,
            "repeated_spans": self.repeated_spans,
            "spans": [as_dict(row) for row in self],
            "critical_path": [
                {"span": each.index, "from": iso(each.from_ns), "to": iso(each.to_ns)} for each in self.critical_path
            ],
        }


def trace(engine: Engine, trace_id: str) -> Waterfall:
    """The waterfall of the trace with this id, or with the only id that begins like this.

    Raises BadInputError if there is none, or more than one.
    """
    digits = trace_id.strip().lower()
    if not _ID.fullmatch(digits):
        raise BadInputError(f"{trace_id!r} is no trace id; copy one, or its first digits, from `hotspan slowest`")
    for prefix in dict.fromkeys((digits, digits.zfill(_DIGITS))):
        bound = {"first": prefix.ljust(_DIGITS, "0"), "last": prefix.ljust(_DIGITS, "f")}
        spans, requests = engine.ask("trace", **bound), engine.ask("trace_requests", **bound)
        if spans.tuples or requests.tuples:
            return _waterfall(list(spans.dicts()), list(requests.dicts()), digits, [spans.query, requests.query])
    raise BadInputError(f"no trace begins with {trace_id}; `hotspan slowest ENDPOINT` lists those there are")


def _waterfall(
    spans: list[dict[str, Any]], requests: list[dict[str, Any]], digits: str, queries: list[Query]
) -> Waterfall:
    ids = sorted({row["trace_id"] for row in spans + requests})
    if len(ids) > 1:
        raise BadInputError(f"{len(ids)} traces begin with {digits}: {', '.join(ids[:3])}, …; give more digits")
    by_span = {request["span_id"]: request for request in requests if request["span_id"]}
    known = {span["span_id"] for span in spans}
    rows = spans + [_from_request(request) for request in requests if request["span_id"] not in known]
    recorded = [_recorded(row) for row in rows]
    kept = without_repeats(recorded)
    nodes = grow([recorded[index] for index in kept])
    place = {node.index: position for position, node in enumerate(nodes)}
    by_index = {node.index: node for node in nodes}
    path = [each for root in nodes if root.parent is None for each in critical_path(by_index, root)]
    own_ns, waited_ns = self_times_ns(by_index), _waited_ns(path)
    first_ns = min(node.start_ns for node in nodes)
    return Waterfall(
        ids[0],
        [
            _row(rows[kept[node.index]], node, own_ns[node.index], waited_ns.get(node.index, 0), first_ns, by_span)
            for node in nodes
        ],
        [Stretch(place[each.index], each.from_ns, each.to_ns) for each in path],
        len(rows) - len(kept),
        queries,
    )


def _waited_ns(path: Sequence[Stretch]) -> dict[int, int]:
    waited: dict[int, int] = {}
    for each in path:
        waited[each.index] = waited.get(each.index, 0) + each.to_ns - each.from_ns
    return waited


def _from_request(request: dict[str, Any]) -> dict[str, Any]:
    """A span in place of the one that was not recorded."""
    return {
        **{name: request[name] for name in ("trace_id", "service", "instance", "start_ns", "end_ns")},
        "span_id": request["span_id"] or "",
        "name": request["endpoint"],
        "kind": "SERVER",
        "category": "server",
        "status": "ERROR" if request["error"] else "UNSET",
        "is_request": True,
        "request": request,
    }


def _recorded(row: dict[str, Any]) -> RecordedSpan:
    return RecordedSpan(
        span_id=row["span_id"],
        parent_span_id=row.get("parent_span_id"),
        service=row["service"],
        process=f"{row['service']} {row['instance'] or ''}",
        name=row["name"],
        kind=row["kind"],
        start_ns=row["start_ns"],
        end_ns=row["end_ns"],
        is_request=row["is_request"],
    )


def _row(
    row: dict[str, Any],
    node: Node,
    own_ns: int,
    waited_ns: int,
    first_ns: int,
    by_span: dict[str, dict[str, Any]],
) -> WaterfallSpan:
    request = row.get("request") or (by_span.get(row["span_id"]) if row["is_request"] else None) or {}
    return WaterfallSpan(
        depth=node.depth,
        **{name: row[name] for name in ("name", "service", "kind", "category", "status", "span_id")},
        start=iso(node.start_ns),
        start_ns=node.start_ns,
        offset_ms=(node.start_ns - first_ns) / 1e6,
        duration_ms=(node.end_ns - node.start_ns) / 1e6,
        self_ms=own_ns / 1e6,
        critical_ms=waited_ns / 1e6,
        error_type=row.get("error_type"),
        statement=row.get("statement"),
        db_table=row.get("db_table"),
        db_rows=row.get("db_rows"),
        parent_span_id=row.get("parent_span_id"),
        endpoint=request.get("endpoint"),
        http_status=request.get("status"),
        is_orphan=node.is_orphan,
        is_recorded="request" not in row,
        shift_ms=node.shift_ns / 1e6,
        attributes=row.get("attributes") or {},
    )
