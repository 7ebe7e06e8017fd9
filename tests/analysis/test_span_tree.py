"""Spans grow into trees whatever is wrong with them, and what a trace waited for adds up."""

import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis.critical_path import Stretch, critical_path, self_times_ns
from hotspan_analysis.span_tree import Node, RecordedSpan, grow, without_repeats


def recorded(name: str, start: int, end: int, parent: str | None = None, **more: Any) -> RecordedSpan:
    """A span whose id is its name."""
    about: dict[str, Any] = {"span_id": name, "service": "app", "process": "app 1", "name": name, "kind": "INTERNAL"}
    return RecordedSpan(parent_span_id=parent, start_ns=start, end_ns=end, **(about | more))


def shape(spans: list[RecordedSpan]) -> list[tuple[str, int]]:
    """Names and depths, in order."""
    return [(spans[node.index].name, node.depth) for node in grow(spans)]


def own_times(spans: list[RecordedSpan]) -> dict[str, int]:
    nodes = {node.index: node for node in grow(spans)}
    return {spans[index].name: own for index, own in self_times_ns(nodes).items()}


def path(spans: list[RecordedSpan]) -> list[tuple[str, int, int]]:
    """The critical path below the first root."""
    nodes = grow(spans)
    found = critical_path({node.index: node for node in nodes}, nodes[0])
    return [(spans[each.index].name, each.from_ns, each.to_ns) for each in found]


def test_children_come_after_their_parent_in_order_of_start() -> None:
    spans = [
        recorded("late", 50, 60, "root"),
        recorded("early", 10, 40, "root"),
        recorded("inner", 20, 30, "early"),
        recorded("root", 0, 100),
    ]
    assert shape(spans) == [("root", 0), ("early", 1), ("inner", 2), ("late", 1)]
    assert own_times(spans) == {"root": 60, "early": 20, "inner": 10, "late": 10}
    assert path(spans) == [
        ("root", 0, 10), ("early", 10, 20), ("inner", 20, 30), ("early", 30, 40), ("root", 40, 50),
        ("late", 50, 60), ("root", 60, 100),
    ]  # fmt: skip


def test_parallel_children_leave_the_parent_its_own_time_once() -> None:
    spans = [recorded("root", 0, 100), recorded("a", 10, 60, "root"), recorded("b", 20, 80, "root")]
    assert own_times(spans) == {"root": 30, "a": 50, "b": 60}
    assert path(spans) == [("root", 0, 10), ("a", 10, 20), ("b", 20, 80), ("root", 80, 100)]


def test_children_that_stick_out_count_for_what_lies_inside() -> None:
    spans = [
        recorded("root", 10, 100),
        recorded("before", 0, 20, "root"),
        recorded("after", 90, 200, "root"),
        recorded("elsewhere", 300, 400, "root"),
    ]
    assert own_times(spans) == {"root": 70, "before": 20, "after": 110, "elsewhere": 100}
    assert path(spans) == [("before", 10, 20), ("root", 20, 90), ("after", 90, 100)]


def test_a_long_child_does_not_vanish_for_overlapping_a_short_one() -> None:
    spans = [recorded("root", 0, 100), recorded("long", 5, 91, "root"), recorded("short", 90, 95, "root")]
    assert path(spans) == [("root", 0, 5), ("long", 5, 90), ("short", 90, 95), ("root", 95, 100)]


def test_an_orphan_hangs_below_the_request_that_was_running() -> None:
    server: dict[str, Any] = {"kind": "SERVER", "is_request": True}
    spans = [
        recorded("first", 0, 100, **server),
        recorded("second", 40, 60, **server),
        recorded("in both", 50, 55, "gone"),
        recorded("in first", 70, 80, "gone"),
        recorded("at the end of second", 60, 65, "gone"),
        recorded("in none", 100, 110, "gone"),
        recorded("of another service", 50, 55, "gone", service="other", process="other 1"),
    ]
    nodes = {spans[node.index].name: node for node in grow(spans)}
    assert {name: spans[node.parent].name for name, node in nodes.items() if node.parent is not None} == {
        "in both": "second", "in first": "first", "at the end of second": "first",
    }  # fmt: skip
    assert {name for name, node in nodes.items() if node.is_orphan} == {
        "in both", "in first", "at the end of second", "in none", "of another service",
    }  # fmt: skip


def test_a_request_whose_caller_was_not_recorded_is_a_root() -> None:
    spans = [recorded("outer", 0, 100), recorded("request", 10, 20, "caller", kind="SERVER", is_request=True)]
    assert shape(spans) == [("outer", 0), ("request", 0)]


def test_a_cycle_is_cut_above_its_earliest_span() -> None:
    spans = [recorded("b", 5, 9, "a"), recorded("a", 1, 10, "c"), recorded("c", 7, 8, "b"), recorded("leaf", 7, 8, "c")]
    assert shape(spans) == [("a", 0), ("b", 1), ("c", 2), ("leaf", 3)]


def test_a_span_that_is_its_own_parent_is_an_orphan() -> None:
    (node,) = grow([recorded("a", 0, 1, "a")])
    assert (node.parent, node.is_orphan) == (None, True)


def test_spans_delivered_twice_are_kept_once_and_others_stay() -> None:
    once, twin = recorded("a", 0, 1), recorded("a", 0, 2)
    assert without_repeats([once, twin, once, once]) == [0, 1]


def test_with_one_id_used_twice_the_parent_of_the_same_service_is_meant() -> None:
    spans = [
        recorded("call", 0, 100, span_id="x", kind="CLIENT"),
        recorded("answer", 10, 90, span_id="x", kind="SERVER", service="other", process="other 1"),
        recorded("ours", 20, 30, "x"),
        recorded("theirs", 20, 30, "x", service="other", process="other 1"),
    ]
    assert shape(spans) == [("call", 0), ("answer", 1), ("theirs", 2), ("ours", 1)]


def test_a_child_of_another_process_cannot_start_before_its_parent() -> None:
    other = {"service": "other", "process": "other 1"}
    spans = [
        recorded("call", 100, 200, kind="CLIENT"),
        recorded("answer", 20, 80, "call", kind="SERVER", **other),
        recorded("inside", 30, 40, "answer", **other),
        recorded("back", 110, 120, "inside"),
    ]
    nodes = {spans[node.index].name: node for node in grow(spans)}
    assert {name: (node.start_ns, node.shift_ns) for name, node in nodes.items()} == {
        "call": (100, 0), "answer": (120, 100), "inside": (130, 100), "back": (130, 20),
    }  # fmt: skip


def test_a_longer_child_of_another_process_is_put_at_the_start() -> None:
    spans = [recorded("call", 100, 200), recorded("answer", 20, 300, "call", process="app 2")]
    nodes = grow(spans)
    assert (nodes[1].start_ns, nodes[1].end_ns) == (100, 380)


def test_within_one_process_early_children_are_left_where_they_are() -> None:
    spans = [recorded("root", 100, 200), recorded("early", 20, 150, "root")]
    assert [node.shift_ns for node in grow(spans)] == [0, 0]


def test_a_chain_and_a_fan_of_ten_thousand() -> None:
    count = 10_000
    chain = [recorded(str(i), i, 2 * count - i, str(i - 1) if i else None) for i in range(count)]
    fan = [recorded("root", 0, count), *(recorded(f"s{i}", i, i + 1, "root") for i in range(count))]
    random.Random(1).shuffle(chain)
    begun = time.process_time()
    for spans in (chain, fan):
        nodes = {node.index: node for node in grow(spans)}
        root = next(node for node in nodes.values() if node.parent is None)
        assert sum(self_times_ns(nodes).values()) == root.end_ns - root.start_ns
        assert _total(critical_path(nodes, root)) == root.end_ns - root.start_ns
    assert time.process_time() - begun < 20


def test_ten_thousand_spans_with_one_id_or_without_parents_take_no_square_of_time() -> None:
    count = 10_000
    same = [recorded("x", i, i + 5, "x", kind="SERVER" if i % 2 else "CLIENT") for i in range(count)]
    lost = [recorded(str(i), i, i + 50, "gone", kind="SERVER" if i % 2 else "CLIENT") for i in range(count)]
    begun = time.process_time()
    assert len(grow(same)) == len(grow(lost)) == count
    assert time.process_time() - begun < 20


def _total(stretches: list[Stretch]) -> int:
    return sum(each.to_ns - each.from_ns for each in stretches)


@st.composite
def nested(draw: st.DrawFn) -> list[RecordedSpan]:
    """A tree in which children neither overlap nor stick out."""
    spans: list[RecordedSpan] = []

    def put(start: int, end: int, parent: str | None, depth: int) -> None:
        name = str(len(spans))
        spans.append(recorded(name, start, end, parent))
        cuts = sorted(draw(st.lists(st.integers(start, end), max_size=6 if depth < 3 else 0)))
        for low, high in zip(cuts[::2], cuts[1::2], strict=False):
            put(low, high, name, depth + 1)

    put(0, draw(st.integers(0, 60)), None, 0)
    return list(draw(st.permutations(spans)))


@given(nested())
def test_own_times_of_a_nested_trace_add_up_to_its_root(spans: list[RecordedSpan]) -> None:
    nodes = {node.index: node for node in grow(spans)}
    root = next(node for node in nodes.values() if node.depth == 0)
    assert sum(self_times_ns(nodes).values()) == root.end_ns - root.start_ns
    on_path = dict.fromkeys(nodes, 0)
    for each in critical_path(nodes, root):
        on_path[each.index] += each.to_ns - each.from_ns
    assert on_path == self_times_ns(nodes)


@st.composite
def any_spans(draw: st.DrawFn) -> list[RecordedSpan]:
    """Spans with anything wrong with them."""
    names = st.sampled_from("abcdefgh")
    return draw(
        st.lists(
            st.builds(
                lambda name, parent, start, length, kind, service: recorded(
                    name, start, start + length, parent, kind=kind, service=service, process=service
                ),
                names, st.none() | names, st.integers(0, 40), st.integers(0, 40),
                st.sampled_from(["SERVER", "CLIENT", "INTERNAL", "CONSUMER"]), st.sampled_from(["app", "other"]),
            ),
            max_size=10,
        )
    )  # fmt: skip


@given(any_spans())
def test_every_span_stands_exactly_once_below_its_parent(spans: list[RecordedSpan]) -> None:
    nodes = grow(spans)
    assert sorted(node.index for node in nodes) == list(range(len(spans)))
    place = {node.index: position for position, node in enumerate(nodes)}
    for node in nodes:
        if node.parent is None:
            assert node.depth == 0
        else:
            assert place[node.parent] < place[node.index]
            assert node.depth == nodes[place[node.parent]].depth + 1
        assert node.end_ns - node.start_ns == spans[node.index].end_ns - spans[node.index].start_ns


@given(any_spans())
def test_own_times_and_paths_of_anything_stay_within_the_spans(spans: list[RecordedSpan]) -> None:
    nodes = {node.index: node for node in grow(spans)}
    own = self_times_ns(nodes)
    for index, node in nodes.items():
        assert own[index] == _own_time_slowly(node, nodes)
        if node.parent is None:
            found = critical_path(nodes, node)
            assert _total(found) == node.end_ns - node.start_ns
            ends = [node.start_ns, *(each.to_ns for each in found)]
            assert [each.from_ns for each in found] == ends[:-1]
            on_path = dict.fromkeys(nodes, 0)
            for each in found:
                on_path[each.index] += each.to_ns - each.from_ns
            assert on_path[index] == own[index]
            assert all(on_path[below] <= own[below] for below in nodes)


def _own_time_slowly(node: Node, nodes: dict[int, Node]) -> int:
    children = [nodes[index] for index in node.children]
    return sum(
        not any(child.start_ns <= moment < child.end_ns for child in children)
        for moment in range(node.start_ns, node.end_ns)
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_spans_arrive_does_not_matter(seed: int) -> None:
    spans = [recorded("root", 0, 1000, kind="SERVER", is_request=True)]
    spans += [recorded(f"s{i}", 10 * i, 10 * i + 25, f"s{i // 2}" if i else "root") for i in range(40)]
    spans += [recorded(f"lost{i}", 7 * i, 7 * i + 3, "gone") for i in range(20)]
    shuffled = list(spans)
    random.Random(seed).shuffle(shuffled)
    assert shape(shuffled) == shape(spans)
    assert own_times(shuffled) == own_times(spans)
    assert path(shuffled) == path(spans)
