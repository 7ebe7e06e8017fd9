"""One trace as plain data, found by its id, complete whatever was lost of it."""

import json
import random
from typing import Any

import pytest

from hotspan_analysis import open_traces
from hotspan_analysis.waterfall import Waterfall
from hotspan_analysis.window import iso
from hotspan_collector.errors import BadInputError
from traces import below, database, ns, request, served, span, statement


def trace_of(requests: list[dict[str, Any]], spans: list[dict[str, Any]], trace_id: str | None = None) -> Waterfall:
    with database(requests, spans) as connection:
        return open_traces(connection, now_ns=ns(1000)).trace(trace_id or (spans or requests)[0]["trace_id"])


def test_a_trace_by_hand() -> None:
    row, server = served("PUT /save", 1.0, 100, status=503)
    view = below(server, "view", 1.010, 80)
    update = statement(
        view, "UPDATE t SET a = ?", 1.020, 50, db_table="t", db_rows=3, attributes={"db.system": "sqlite"}
    )
    found = trace_of([row], [update, server, view])
    assert [(each.depth, each.name, each.offset_ms, each.duration_ms, each.self_ms, each.critical_ms) for each in found] == [
        (0, "PUT /save", 0, 100, 20, 20), (1, "view", 10, 80, 30, 30), (2, "UPDATE", 20, 50, 50, 50),
    ]  # fmt: skip
    assert (found[0].endpoint, found[0].http_status) == ("PUT /save", 503)
    assert (found[2].statement, found[2].db_table, found[2].db_rows) == ("UPDATE t SET a = ?", "t", 3)
    assert found[2].attributes == {"db.system": "sqlite"}
    assert (found.duration_ms, found.trace_id, found.repeated_spans) == (100, row["trace_id"], 0)
    assert [(each.index, each.to_ns - each.from_ns) for each in found.critical_path] == [
        (0, 10_000_000), (1, 10_000_000), (2, 50_000_000), (1, 20_000_000), (0, 10_000_000),
    ]  # fmt: skip


def test_it_is_plain_data() -> None:
    row, server = served("PUT /save", 1.0, 100)
    found = trace_of([row], [server, statement(server, at=1.020, ms=50)]).as_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["start"] == iso(ns(1))
    assert found["spans"][1]["start"] == "2026-09-21T14:13:21.02Z"
    assert found["critical_path"][0] == {"span": 0, "from": "2026-09-21T14:13:21Z", "to": "2026-09-21T14:13:21.02Z"}


def test_the_first_digits_of_an_id_are_enough_when_they_are_unique() -> None:
    spans = [span("one", trace_id="abcd1" + "0" * 27), span("two", trace_id="abcd2" + "0" * 27)]
    assert trace_of([], spans, "abcd1")[0].name == "one"
    assert trace_of([], spans, " ABCD2 ")[0].name == "two"
    with pytest.raises(BadInputError, match=r"2 traces begin with abcd: abcd1.*more digits"):
        trace_of([], spans, "abcd")


def test_a_short_id_of_64_bits_is_found() -> None:
    spans = [span("one", trace_id="0" * 16 + "1234567890abcdef")]
    assert trace_of([], spans, "1234567890abcdef")[0].name == "one"


@pytest.mark.parametrize("text", ["", "xyz", "abc", "a" * 33, "abcd'; drop table spans"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="no trace id"):
        trace_of([], [span()], text or " ")


def test_an_unknown_id_says_where_to_find_one() -> None:
    with pytest.raises(BadInputError, match="no trace begins with ffff; `hotspan slowest ENDPOINT`"):
        trace_of([], [span(trace_id="a" * 32)], "ffff")


def test_a_request_without_a_span_stands_in_for_it() -> None:
    row, server = served("PUT /save", 1.0, 100, status=500)
    found = trace_of([row], [statement(server, at=1.020, ms=50)])
    assert [(each.depth, each.name, each.is_recorded, each.is_orphan) for each in found] == [
        (0, "PUT /save", False, False), (1, "SELECT", True, False),
    ]  # fmt: skip
    assert (found[0].status, found[0].endpoint, found[0].http_status) == ("ERROR", "PUT /save", 500)


def test_a_request_alone_is_a_trace_of_one() -> None:
    found = trace_of([request(at=1, ms=None, trace_id="a" * 32)], [])
    assert [(each.name, each.duration_ms, each.critical_ms, each.http_status) for each in found] == [
        ("GET /", 999_000, 999_000, None),
    ]  # fmt: skip


def test_one_span_is_a_trace_of_one() -> None:
    found = trace_of([], [span("nightly", ms=0)])
    assert [(each.depth, each.name, each.duration_ms, each.self_ms) for each in found] == [(0, "nightly", 0, 0)]
    assert found.critical_path == ()


def test_a_missing_parent_is_said() -> None:
    row, server = served(ms=100)
    lost = below(server, "lost", 0.010, 20, parent_span_id="e" * 16)
    alone = below(server, "alone", 5.0, 20, parent_span_id="e" * 16)
    found = trace_of([row], [server, lost, alone])
    assert [(each.depth, each.name, each.is_orphan, each.parent_span_id) for each in found] == [
        (0, "GET /", False, None), (1, "lost", True, "e" * 16), (0, "alone", True, "e" * 16),
    ]  # fmt: skip
    assert found.duration_ms == 5020


def test_spans_delivered_twice_are_shown_once() -> None:
    server = served()[1]
    found = trace_of([], [server, server | {"seq": 99_998}, server | {"seq": 99_999}])
    assert (len(found), found.repeated_spans) == (1, 2)


def test_clocks_that_disagree_are_brought_together_and_it_is_said() -> None:
    row, server = served(at=10, ms=100)
    call = below(server, "POST", 10.010, 60, kind="CLIENT", category="external")
    theirs = below(call, "POST /pay", 3.0, 40, kind="SERVER", category="server", service="billing", instance="other:1")
    found = trace_of([row], [server, call, theirs])
    assert [(each.name, each.offset_ms, each.shift_ms) for each in found] == [
        ("GET /", 0, 0), ("POST", 10, 0), ("POST /pay", 20, 7020),
    ]  # fmt: skip
    assert sum(each.critical_ms for each in found) == 100


def test_ten_thousand_spans_come_out_whole_in_any_order() -> None:
    row, server = served(ms=10_000)
    spans = [server]
    for i in range(9_999):
        spans.append(statement(spans[i // 3], at=0.001 * i, ms=0.5))
    shuffled = list(spans)
    random.Random(2).shuffle(shuffled)
    found = trace_of([row], shuffled)
    assert len(found) == 10_000
    assert found.as_dict() == trace_of([row], spans, row["trace_id"]).as_dict()
    assert sum(each.critical_ms for each in found) == pytest.approx(10_000)


def test_a_data_frame_of_it_has_every_column() -> None:
    frame = trace_of([], [span("nightly", attributes={"a": "b"})]).df()
    assert list(frame.columns)[:2] == ["depth", "name"]
    assert frame["attributes"][0] == {"a": "b"}
