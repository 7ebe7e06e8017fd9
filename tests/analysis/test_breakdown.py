"""Where the time of an endpoint goes: small cases by hand, random ones against a slow oracle."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis import open_traces
from hotspan_analysis.breakdown import PARTS, Breakdown
from traces import EPOCH_NS, below, database, ns, request, served, span, statement

Row = dict[str, Any]


def breakdown_of(requests: list[Row], spans: list[Row], endpoint: str = "GET /", **more: Any) -> Breakdown:
    with database(requests, spans) as connection:
        return open_traces(connection, now_ns=ns(1000)).breakdown(endpoint, **more)


def times_ms(found: Breakdown) -> dict[str, float]:
    """The parts that took any time."""
    return {part.part: part.time_ns / 1e6 for part in found.parts if part.time_ns}


def test_one_request_by_hand() -> None:
    row, server = served(ms=100)
    view = below(server, "view", 0.010, 80)
    spans = [
        server, view,
        statement(view, at=0.020, ms=10), statement(view, at=0.030, ms=10),
        below(view, "GET", 0.050, 20, kind="CLIENT", category="external"),
        below(view, "HGET", 0.075, 5, kind="CLIENT", category="cache"),
        below(view, "render", 0.082, 8, category="template"),
    ]  # fmt: skip
    found = breakdown_of([row], spans)
    assert times_ms(found) == {
        "database": 20, "cache": 5, "external": 20, "template": 8, "other": 80 - 53, "self": 20,
    }  # fmt: skip
    assert (found.requests, found.traced_requests, found.traced_time_ns) == (1, 1, 100_000_000)
    assert [part.part for part in found.parts] == list(PARTS)
    assert {part.part: part.calls for part in found.parts} == {
        "database": 2, "cache": 1, "external": 1, "template": 1, "other": 1, "self": 0,
    }  # fmt: skip
    assert sum(part.time_share for part in found.parts) == pytest.approx(1)


def test_parallel_calls_never_exceed_their_request() -> None:
    row, server = served(ms=100)
    spans = [server, *(statement(server, at=0.010, ms=80) for _ in range(10))]
    found = breakdown_of([row], spans)
    assert times_ms(found) == {"database": 80, "self": 20}
    assert found.calls[0].time_s == pytest.approx(0.8)


def test_where_parts_overlap_the_moment_goes_to_the_first_of_them() -> None:
    row, server = served(ms=100)
    spans = [
        server,
        below(server, "render", 0.000, 60, category="template"),
        below(server, "GET", 0.010, 60, category="external"),
        below(server, "HGET", 0.020, 60, category="cache"),
        statement(server, at=0.030, ms=10),
    ]
    assert times_ms(breakdown_of([row], spans)) == {
        "template": 10, "external": 10, "cache": 50, "database": 10, "self": 20,
    }  # fmt: skip


def test_what_sticks_out_of_the_request_counts_for_what_lies_inside() -> None:
    row, server = served(at=1.0, ms=100)
    spans = [server, statement(server, at=0.95, ms=70), statement(server, at=1.09, ms=500), statement(server, at=5)]
    found = breakdown_of([row], spans)
    assert times_ms(found) == {"database": 30, "self": 70}
    assert found.calls[0].calls == 3


def test_a_request_inside_another_keeps_its_work_to_itself() -> None:
    outer, server = served("GET /outer", ms=100)
    call = below(server, "GET", 0.010, 60, kind="CLIENT", category="external")
    inner_server = below(call, "GET /inner", 0.020, 40, kind="SERVER", category="server", is_request=True)
    inner = request("GET /inner", 0.020, 40, trace_id=inner_server["trace_id"], span_id=inner_server["span_id"])
    spans = [server, call, inner_server, statement(inner_server, at=0.030, ms=20)]
    assert times_ms(breakdown_of([outer, inner], spans, "GET /outer")) == {"external": 60, "self": 40}
    assert times_ms(breakdown_of([outer, inner], spans, "GET /inner")) == {"database": 20, "self": 20}


def test_a_second_server_span_of_the_same_request_is_the_request_itself() -> None:
    row, server = served(ms=100)
    again = below(server, "GET /", 0.010, 80, kind="SERVER", category="server", is_request=True)
    found = breakdown_of([row], [server, again, statement(again, at=0.020, ms=30)])
    assert times_ms(found) == {"database": 30, "self": 70}
    assert next(part.calls for part in found.parts if part.part == "other") == 0


def test_another_service_is_external_time_and_its_work_its_own() -> None:
    row, server = served(ms=100)
    theirs = below(server, "POST /pay", 0.010, 50, kind="SERVER", category="server", service="billing")
    spans = [server, theirs, statement(theirs, at=0.020, ms=30)]
    found = breakdown_of([row], spans)
    assert times_ms(found) == {"external": 50, "self": 50}
    assert [(call.category, call.what) for call in found.calls] == [("external", "POST /pay")]


def test_a_call_and_the_span_that_answers_it_are_one_call() -> None:
    row, server = served(ms=100)
    call = below(server, "POST", 0.010, 50, kind="CLIENT", category="external")
    theirs = below(call, "POST /pay", 0.015, 40, kind="SERVER", category="server", service="billing")
    found = breakdown_of([row], [server, call, theirs])
    assert times_ms(found) == {"external": 50, "self": 50}
    assert [(each.what, each.calls) for each in found.calls] == [("POST", 1)]


def test_what_a_message_sets_off_is_no_part_of_the_request() -> None:
    row, server = served(ms=100)
    send = below(server, "send", 0.010, 5, kind="PRODUCER", category="messaging")
    receive = below(send, "receive", 0.012, 200, kind="CONSUMER", category="messaging")
    spans = [server, send, receive, statement(receive, at=0.020, ms=50)]
    assert times_ms(breakdown_of([row], spans)) == {"other": 5, "self": 95}


def test_a_span_whose_parent_is_lost_belongs_to_the_request_that_was_running() -> None:
    (first, one), (second, two) = served("GET /a", 0.0, 100), served("GET /b", 0.040, 20)
    two |= {"trace_id": one["trace_id"], "parent_span_id": "f" * 16}
    second |= {"trace_id": one["trace_id"]}
    lost = [statement(one, at=at, ms=5, parent_span_id="0" * 15 + "e") for at in (0.010, 0.045, 0.070, 0.200)]
    spans = [one, two, *lost]
    assert times_ms(breakdown_of([first, second], spans, "GET /a")) == {"database": 10, "self": 90}
    assert times_ms(breakdown_of([first, second], spans, "GET /b")) == {"database": 5, "self": 15}


def test_the_children_of_a_request_whose_own_span_is_lost_are_found() -> None:
    row, server = served(ms=100)
    found = breakdown_of([row], [statement(server, at=0.010, ms=30)])
    assert (found.traced_requests, times_ms(found)) == (1, {"database": 30, "self": 70})


def test_spans_delivered_twice_count_once() -> None:
    row, server = served(ms=100)
    query = statement(server, at=0.010, ms=30)
    found = breakdown_of([row], [server, query, query | {"seq": 999_999}, server | {"seq": 999_998}])
    assert found.calls[0].calls == 1
    assert times_ms(found) == {"database": 30, "self": 70}


def test_spans_that_are_each_others_parents_do_no_harm() -> None:
    row, server = served(ms=100)
    one = statement(server, at=0.010, ms=30)
    two = statement(one, at=0.020, ms=10)
    found = breakdown_of([row], [server, one | {"parent_span_id": two["span_id"]}, two])
    assert times_ms(found) == {"self": 100}


def test_a_driver_below_a_toolkit_counts_as_one_call() -> None:
    row, server = served(ms=100)
    outer = statement(server, "SELECT a FROM t", 0.010, 30)
    inner = statement(outer, "SELECT a FROM t", 0.012, 26)
    found = breakdown_of([row], [server, outer, inner, statement(outer, "BEGIN", 0.039, 1)])
    assert {call.what: call.calls for call in found.calls} == {"SELECT a FROM t": 1, "BEGIN": 1}
    assert times_ms(found) == {"database": 30, "self": 70}


def test_requests_without_spans_are_counted_and_left_out() -> None:
    row, server = served(ms=100)
    bare = [request(at=1), request(at=2, trace_id="a" * 32), request(at=3, trace_id="b" * 32, span_id="c" * 16)]
    found = breakdown_of([row, *bare], [server, statement(server, ms=25)])
    assert (found.requests, found.traced_requests) == (4, 1)
    assert found.parts[0].mean_ms == 25


def test_an_open_request_lasts_until_now() -> None:
    row, server = served(at=990, ms=1)
    found = breakdown_of([row | {"end_ns": None}], [statement(server, at=995, ms=2000)])
    assert times_ms(found) == {"database": 2000, "self": 8000}


def test_a_job_can_be_taken_apart_too() -> None:
    job = span("nightly", 0, 1000)
    found = breakdown_of([], [job, statement(job, "DELETE FROM t", 0.100, 300, db_rows=7)], "nightly")
    assert times_ms(found) == {"database": 300, "self": 700}
    assert (found.calls[0].db_rows, found.calls[0].db_operation) == (7, "DELETE")


@pytest.mark.parametrize(
    ("calls", "ms", "mark"), [(10, 5, None), (11, 5, "yellow"), (20, 4, "yellow"), (21, 4, "red"), (30, 0.3, None)]
)
def test_many_calls_that_matter_are_marked(calls: int, ms: float, mark: str | None) -> None:
    row, server = served(ms=100)
    spans = [server, *(statement(server, at=i * 0.003, ms=ms) for i in range(calls))]
    (call,) = breakdown_of([row], spans).calls
    assert (call.calls_per_request, call.most_calls, call.n_plus_one) == (calls, calls, mark)


def test_statements_are_told_apart_and_the_costliest_comes_first() -> None:
    rows, spans = [], []
    for i in range(3):
        row, server = served(at=i, ms=100)
        rows.append(row)
        spans += [server, statement(server, "SELECT a FROM t", i, 10, db_table="t", db_rows=2)]
        if i == 1:
            spans.append(statement(server, "UPDATE t SET a = ?", i + 0.020, 50, db_table="t"))
    one, two = breakdown_of(rows, spans).calls
    assert (one.what, one.calls, one.requests_with, one.calls_per_request) == ("UPDATE t SET a = ?", 1, 1, 1 / 3)
    assert (two.what, two.calls, two.mean_ms, two.db_rows, two.db_table) == ("SELECT a FROM t", 3, 10, 6, "t")
    assert one.db_rows is None
    assert two.time_share == pytest.approx(0.1)


def test_the_window_is_half_open() -> None:
    rows, spans = [], []
    for at in (0, 10, 20):
        row, server = served(at=at, ms=100)
        rows.append(row)
        spans.append(server)
    found = breakdown_of(rows, spans, window=f"{_iso(10)}/{_iso(20)}")
    assert (found.requests, found.traced_requests) == (1, 1)


def _iso(second: int) -> str:
    from hotspan_analysis.window import iso

    return iso(ns(second))


def test_nothing_at_all() -> None:
    found = breakdown_of([], [])
    assert (found.requests, found.traced_requests, times_ms(found), list(found.calls)) == (0, 0, {}, [])
    assert found.as_dict()["mean_ms"] is None


def test_filters_narrow_it_down() -> None:
    (good, one), (bad, two) = served(at=0, ms=10), served(at=1, ms=30, status=503, client="bob")
    spans = [one, two]
    assert breakdown_of([good, bad], spans, status="5xx").traced_time_ns == 30_000_000
    assert breakdown_of([good, bad], spans, client=f"{good['client']:016x}").traced_time_ns == 10_000_000
    assert breakdown_of([good, bad], spans, service="nobody").requests == 0


def test_it_adds_up_to_what_the_ranking_says() -> None:
    rng, rows, spans = random.Random(4), [], []
    for i in range(60):
        row, server = served(rng.choice(["GET /a", "GET /b"]), i, rng.uniform(1, 500))
        rows.append(row)
        spans += [server, *(statement(server, at=i + rng.random() / 4, ms=rng.uniform(1, 90)) for _ in range(i % 9))]
    with database(rows, spans) as connection:
        traces = open_traces(connection, now_ns=ns(1000))
        for endpoint in traces.endpoints():
            found = traces.breakdown(endpoint.endpoint)
            assert (found.requests, found.traced_time_ns) == (endpoint.requests, endpoint.total_time_ns)
            assert sum(part.time_ns for part in found.parts) == endpoint.total_time_ns
            assert traces.slowest(endpoint.endpoint)[0].duration_ms == endpoint.max_ms


def test_it_shows_itself_in_a_notebook() -> None:
    row, server = served(ms=100)
    page = breakdown_of([row], [server, statement(server, "SELECT '<script>'")])._repr_html_()
    assert "database" in page
    assert "<script>" not in page


KINDS = (
    ("CLIENT", "database"), ("CLIENT", "cache"), ("CLIENT", "external"), ("INTERNAL", "template"),
    ("INTERNAL", "internal"), ("PRODUCER", "messaging"), ("CONSUMER", "messaging"), ("SERVER", "server"),
)  # fmt: skip


@st.composite
def traces_of_anything(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """One or two traces whose spans hang below each other, below nothing recorded, or in a circle."""
    requests, spans = [], []
    for trace in range(draw(st.integers(1, 2))):
        count = draw(st.integers(1, 9))
        for i in range(count):
            start, length = draw(st.integers(0, 30)), draw(st.integers(0, 30))
            kind, category = draw(st.sampled_from(KINDS))
            above = draw(st.integers(-2, count - 1))
            is_request = kind == "SERVER" and draw(st.booleans())
            row = span(
                draw(st.sampled_from("pqr")), start * 1e-9, length * 1e-6,
                trace_id=f"{trace:032x}", span_id=f"{i:016x}",
                parent_span_id=None if above == -1 else "e" * 16 if above == -2 else f"{above:016x}",
                kind=kind, category=category, is_request=is_request,
                service=draw(st.sampled_from(["app", "app", "other"])),
                statement=draw(st.sampled_from(["s1", "s2"])) if category == "database" else None,
            )  # fmt: skip
            if draw(st.integers(0, 9)):
                spans.append(row)
            if is_request:
                about = {"trace_id": row["trace_id"], "span_id": row["span_id"], "service": row["service"]}
                requests.append(request("GET /", start * 1e-9, length * 1e-6, **about))
    return requests, spans


@settings(deadline=None, max_examples=40)  # each example is a database; the machine may be busy
@given(traces_of_anything(), st.randoms(use_true_random=False))
def test_the_parts_are_those_of_the_slow_oracle(data: tuple[list[Row], list[Row]], order: random.Random) -> None:
    requests, spans = data
    expected, calls = oracle(requests, spans)
    order.shuffle(requests)
    order.shuffle(spans)
    with database(requests, spans) as connection:
        found = open_traces(connection, now_ns=EPOCH_NS + 1000).breakdown("GET /", f"{_iso(0)}/{_iso(1)}")
    assert {part.part: part.time_ns for part in found.parts} == expected
    assert sum(part.time_ns for part in found.parts) == found.traced_time_ns
    assert {(call.category, call.what): call.calls for call in found.calls} == calls


def oracle(requests: list[Row], spans: list[Row]) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Nanosecond by nanosecond, and each span by climbing up from it."""
    parts, calls = dict.fromkeys(PARTS, 0), dict[tuple[str, str], int]()
    own_rows = {(row["trace_id"], row["span_id"]) for row in requests}
    for root in requests:
        trace = [each for each in spans if each["trace_id"] == root["trace_id"]]
        if not any(each["service"] == root["service"] for each in trace):
            continue
        inside = [each for each in trace if _is_inside(each, root, trace, requests, own_rows)]
        for moment in range(root["start_ns"], root["end_ns"]):
            parts[_part(moment, inside, root)] += 1
        for each in inside:
            above = _above(each, trace, requests, own_rows)
            around = _what(above, root) if above is not None and above["span_id"] != root["span_id"] else ("self", "")
            repeats = around[0] == "external" if each["service"] != root["service"] else around == _what(each, root)
            category, what = _what(each, root)
            if category not in ("self", "internal") and not repeats:
                calls[category, what] = calls.get((category, what), 0) + 1
    return parts, calls


def _begins_work(each: Row, own_rows: set[tuple[str, str]]) -> bool:
    if each["parent_span_id"] is None or each["kind"] == "CONSUMER":
        return True
    return each["is_request"] and (each["trace_id"], each["span_id"]) in own_rows


def _above(each: Row, trace: list[Row], requests: list[Row], own_rows: set[tuple[str, str]]) -> Row | None:
    """The parent, or who adopts it."""
    roots = [row for row in requests if row["trace_id"] == each["trace_id"]]
    for candidate in [*trace, *roots]:
        if candidate["span_id"] == each["parent_span_id"]:
            return candidate
    works = [row for row in trace if _begins_work(row, own_rows)] + roots
    running = [
        row
        for row in works
        if row["service"] == each["service"] and row["start_ns"] <= each["start_ns"] < row["end_ns"]
    ]
    return min(running, key=lambda row: (-row["start_ns"], row["span_id"]), default=None)


def _is_inside(each: Row, root: Row, trace: list[Row], requests: list[Row], own_rows: set[tuple[str, str]]) -> bool:
    seen = set()
    while each["span_id"] not in seen and not _begins_work(each, own_rows):
        seen.add(each["span_id"])
        above = _above(each, trace, requests, own_rows)
        if above is None or above["service"] != root["service"]:
            return False
        if above["span_id"] == root["span_id"]:
            return True
        each = above
        if "parent_span_id" not in each:
            return False
    return False


def _what(each: Row, root: Row) -> tuple[str, str]:
    if "category" not in each or (each["kind"] == "SERVER" and each["service"] == root["service"]):
        return "self", ""
    category = each["category"] if each["service"] == root["service"] else "external"
    return category, each["statement"] or each["name"]


def _part(moment: int, inside: list[Row], root: Row) -> str:
    running = {_what(each, root)[0] for each in inside if each["start_ns"] <= moment < each["end_ns"]} - {"self"}
    first = next((part for part in PARTS[:4] if part in running), None)
    return first or ("other" if running else "self")
