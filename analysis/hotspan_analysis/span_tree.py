"""Spans as trees, whatever is wrong with them: parents missing, cycles, ids used twice, clocks that disagree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class RecordedSpan:
    """A span as it was recorded; `process` is what shares one clock with it."""

    span_id: str
    parent_span_id: str | None
    service: str
    process: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    is_request: bool = False


@dataclass(slots=True)
class Node:
    """A span in its tree. `shift_ns` was added to its times because its clock disagrees with its parent's."""

    index: int
    start_ns: int
    end_ns: int
    parent: int | None = None
    depth: int = 0
    shift_ns: int = 0
    is_orphan: bool = False
    """Its parent was not recorded, or is itself among what is below it."""
    children: list[int] = field(default_factory=list)


def without_repeats(spans: Sequence[RecordedSpan]) -> list[int]:
    """Which spans to keep: of those that were delivered twice, the same in everything, the first."""
    first: dict[RecordedSpan, int] = {}
    for index, span in enumerate(spans):
        first.setdefault(span, index)
    return list(first.values())


def grow(spans: Sequence[RecordedSpan]) -> list[Node]:
    """Every span in its tree, parents before children, siblings by start: each span exactly once.

    A span whose parent is missing hangs below the request (or other root) of its service that was running when it
    began, the latest of them; where there is none it is a root. A cycle is cut above its earliest span. Where several
    spans have the id of a parent, the one of the same service is meant. A SERVER span with the id of a CLIENT span, as
    Zipkin shares them, hangs below it.
    """
    nodes = [Node(index, span.start_ns, span.end_ns) for index, span in enumerate(spans)]
    _find_parents(spans, nodes)
    _adopt(spans, nodes)
    _cut_cycles(spans, nodes)
    for node in nodes:
        if node.parent is not None:
            nodes[node.parent].children.append(node.index)
    return _walk(spans, nodes)


def _find_parents(spans: Sequence[RecordedSpan], nodes: list[Node]) -> None:
    anywhere: dict[str, int] = {}
    in_service: dict[tuple[str, str], int] = {}
    clients: dict[str, int] = {}
    for index, span in enumerate(spans):
        anywhere.setdefault(span.span_id, index)
        in_service.setdefault((span.span_id, span.service), index)
        if span.kind == "CLIENT":
            clients.setdefault(span.span_id, index)
    for node, span in zip(nodes, spans, strict=True):
        if span.kind == "SERVER" and span.span_id in clients:
            node.parent = clients[span.span_id]
        elif span.parent_span_id and span.parent_span_id != span.span_id:
            node.parent = in_service.get((span.parent_span_id, span.service), anywhere.get(span.parent_span_id))
        node.is_orphan = node.parent is None and bool(span.parent_span_id)


def _adopt(spans: Sequence[RecordedSpan], nodes: list[Node]) -> None:
    """Sweeps through time; on top of each service's heap is the work that began last."""
    homes = [node.index for node in nodes if _begins_work(spans[node.index], node)]
    orphans = [node.index for node in nodes if node.is_orphan and not _begins_work(spans[node.index], node)]
    running: dict[str, list[tuple[int, str, int]]] = {}
    for index in sorted(homes + orphans, key=lambda each: (spans[each].start_ns, nodes[each].is_orphan)):
        span, heap = spans[index], running.setdefault(spans[index].service, [])
        if _begins_work(span, nodes[index]):
            heappush(heap, (-span.start_ns, span.span_id, index))
            continue
        while heap and spans[heap[0][2]].end_ns <= span.start_ns:
            heappop(heap)
        nodes[index].parent = heap[0][2] if heap else None


def _begins_work(span: RecordedSpan, node: Node) -> bool:
    is_root = node.parent is None and not node.is_orphan
    return is_root or span.is_request or span.kind in ("SERVER", "CONSUMER")


def _cut_cycles(spans: Sequence[RecordedSpan], nodes: list[Node]) -> None:
    seen: dict[int, int] = {}
    for start in range(len(nodes)):
        path, at = [], start
        while at not in seen:
            seen[at] = start
            path.append(at)
            parent = nodes[at].parent
            if parent is None:
                break
            at = parent
        else:
            if seen[at] == start:
                cycle = path[path.index(at) :]
                first = nodes[min(cycle, key=lambda each: (spans[each].start_ns, each))]
                first.parent, first.is_orphan = None, True


def _walk(spans: Sequence[RecordedSpan], nodes: list[Node]) -> list[Node]:
    """From the roots down, without recursion: a trace may be a chain of ten thousand."""
    ordered: list[Node] = []
    waiting = sorted((node for node in nodes if node.parent is None), key=_by_start, reverse=True)
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        for index in node.children:
            child = nodes[index]
            child.depth = node.depth + 1
            _settle(child, spans[index], node, spans[node.index])
        node.children.sort(key=lambda index: _by_start(nodes[index]))
        waiting.extend(nodes[index] for index in reversed(node.children))
    return ordered


def _settle(child: Node, span: RecordedSpan, parent: Node, parent_span: RecordedSpan) -> None:
    """Shifts a child of another process that seems to start before its parent, which no cause can.

    It is put in the middle of its parent, or at the parent's start when it is longer, as Jaeger's clock skew
    adjustment does. Spans of the same process as their parent share its clock, so they share its shift.
    """
    child.shift_ns = parent.shift_ns if span.process == parent_span.process else 0
    if span.process != parent_span.process and span.start_ns < parent.start_ns:
        spare_ns = (parent.end_ns - parent.start_ns) - (span.end_ns - span.start_ns)
        child.shift_ns = parent.start_ns + max(spare_ns, 0) // 2 - span.start_ns
    child.start_ns = span.start_ns + child.shift_ns
    child.end_ns = span.end_ns + child.shift_ns


def _by_start(node: Node) -> tuple[int, int, int]:
    return node.start_ns, -node.end_ns, node.index
