"""What a trace waited for: the own time of each span, and the chain of spans that set the duration of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotspan_analysis.span_tree import Node


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the critical path: from one moment to another the trace waited for this span itself."""

    index: int
    from_ns: int
    to_ns: int


def self_times_ns(nodes: Mapping[int, Node]) -> dict[int, int]:
    """By index, how long each span ran while none of its children did: its duration less the union of theirs, cut to it.

    Where children neither overlap nor stick out, the own times of a tree add up to the duration of its root.
    """
    return {index: node.end_ns - node.start_ns - _covered_ns(node, nodes) for index, node in nodes.items()}


def _covered_ns(node: Node, nodes: Mapping[int, Node]) -> int:
    covered_ns, until_ns = 0, node.start_ns
    for child in (nodes[index] for index in node.children):
        end_ns = min(child.end_ns, node.end_ns)
        covered_ns += max(0, end_ns - max(child.start_ns, until_ns))
        until_ns = max(until_ns, end_ns)
    return covered_ns


def critical_path(nodes: Mapping[int, Node], root: Node) -> list[Stretch]:
    """The critical path of the tree below a root, in order of time; its stretches add up to the root's duration.

    Walks back from the end: whoever ended last among the children was waited for, then whoever of the others that had
    begun before it ended last, and so on; where no child ran, the span itself was. Children are cut to their parent.
    This is the method of CRISP (Zhang et al., USENIX ATC 2022), but for one thing: a child that still ran when the next
    one began is cut there. CRISP drops it, and a long child would vanish for overlapping a short one by a microsecond.
    """
    stretches: list[Stretch] = []
    waiting = [(root, root.start_ns, root.end_ns)]
    while waiting:
        node, from_ns, to_ns = waiting.pop()
        until_ns = to_ns
        children = [nodes[index] for index in node.children]
        for child in sorted(children, key=lambda each: (min(each.end_ns, to_ns), each.start_ns), reverse=True):
            start_ns, end_ns = max(child.start_ns, from_ns), min(child.end_ns, until_ns)
            if start_ns >= end_ns:
                continue
            stretches.append(Stretch(node.index, end_ns, until_ns))
            waiting.append((child, start_ns, end_ns))
            until_ns = start_ns
        stretches.append(Stretch(node.index, from_ns, until_ns))
    return sorted((each for each in stretches if each.from_ns < each.to_ns), key=lambda each: each.from_ns)
