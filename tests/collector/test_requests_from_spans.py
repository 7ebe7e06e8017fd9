"""One request, one row: twins nested, contained, and told late are found; repeats and retries are left alone."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from raw_spans import connect, merge, raw_span, requests, server_span
from traces import ns

CLIENT = {"client.address": "10.0.0.7", "user_agent.original": "UA"}
TRACE = "ab" * 16


def outer(endpoint: str = "GET /a", **more: Any) -> dict[str, Any]:
    """What a server's instrumentation writes: it knows the client."""
    more = {"scope": "instrumentation", "ms": 100.0, **more}
    return server_span(endpoint, CLIENT, **more)


def inner(endpoint: str = "GET /a", **more: Any) -> dict[str, Any]:
    """What a framework writes of the same request: it does not."""
    more = {"scope": "framework", "at": 0.01, "ms": 50.0, **more}
    return server_span(endpoint, **more)


def below(parent: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Where a child of a span belongs."""
    return {"trace_id": parent["trace_id"], "parent_span_id": parent["span_id"]} | more


def test_a_server_span_is_a_request_with_all_that_it_tells() -> None:
    (row,) = requests([outer("PUT /items/7?x=1", at=2, ms=30, service_version="1.2", instance="host:9")])
    assert (row["source"], row["kind"], row["method"], row["route"], row["status"]) == (
        "span", "web", "PUT", "/items/{number}", 200,
    )  # fmt: skip
    assert (row["arrival_ns"], row["start_ns"], row["end_ns"]) == (ns(2), ns(2), ns(2.03))
    assert (row["service"], row["service_version"], row["instance"]) == ("app", "1.2", "host:9")
    assert (row["error"], row["aborted"], row["unfinished"], row["speculative"]) == (False, False, False, False)
    assert (row["in_flight"], row["start_known"], row["time_precision_ns"]) == (None, True, 1)


def test_spans_of_a_process_that_captures_become_no_requests() -> None:
    assert requests([outer(captured=True), inner(captured=True)]) == []


def test_a_span_below_another_of_the_same_service_and_path_is_the_same_request() -> None:
    first = outer()
    between = raw_span(**below(first))
    last = outer(at=0.01, ms=200, **below(between))  # longer than its ancestor: background work counts there
    assert [row["span_id"] for row in requests([last, between, first])] == [first["span_id"]]


def test_of_two_that_could_each_be_part_of_the_other_one_is_a_request() -> None:
    first = inner(at=0, ms=50)
    knowing = outer(at=0, ms=50, **below(first))
    assert [row["span_id"] for row in requests([first, knowing])] == [knowing["span_id"]]
    assert [row["span_id"] for row in requests([first], [knowing])] == [knowing["span_id"]]
    assert [row["span_id"] for row in requests([knowing], [first])] == [knowing["span_id"]]


def test_what_is_begun_after_its_ancestor_has_ended_is_a_request_of_its_own() -> None:
    first = outer(ms=100)
    assert len(requests([first, outer(at=0.2, **below(first))])) == 2


def test_the_same_path_of_another_service_is_a_request_of_its_own() -> None:
    proxy = outer(service="proxy")
    assert len(requests([proxy, outer(service="app", **below(proxy))])) == 2


def test_another_path_below_a_request_is_a_request_of_its_own() -> None:
    first = outer("GET /a")
    assert len(requests([first, outer("GET /b", **below(first)), outer("POST /a", **below(first))])) == 3


def test_the_query_does_not_tell_twins_apart() -> None:
    first = outer("GET /a?x=1")
    assert len(requests([first, inner("GET /a", **below(first))])) == 1


def test_a_root_of_another_library_in_the_time_of_a_request_is_the_same_request() -> None:
    """Next.js, and FastAPI's own tracing within opentelemetry-instrumentation-asgi."""
    (row,) = requests([inner(), outer()])
    assert row["client_tier"] == "address"


def test_a_root_that_starts_at_a_whole_millisecond_may_stick_out_by_less_than_one() -> None:
    assert len(requests([outer(ms=50), inner(at=0.001, ms=49.9)])) == 1
    assert len(requests([outer(ms=50), inner(at=0.003, ms=49.9)])) == 2


@pytest.mark.parametrize(
    "stranger",
    [
        inner("GET /b"),
        inner(service="other"),
        inner(scope="instrumentation"),
        inner(parent_span_id="00000000000000ff"),
        inner(at=0.09, ms=50),
        server_span("GET /a", CLIENT, scope="framework", at=0.01, ms=50),
    ],
    ids=["path", "service", "library", "no root", "sticks out", "knows a client"],
)
def test_what_only_looks_like_a_twin_stays(stranger: dict[str, Any]) -> None:
    assert len(requests([outer(), stranger])) == 2


def test_attempts_in_one_trace_are_no_twins_although_they_lie_inside_each_other() -> None:
    """A browser's page has one trace; its impatient timer sends again while it waits."""
    attempts = [outer(at=at, ms=1_000 - 200 * at, trace_id=TRACE, parent_span_id=f"{number + 1:016x}")
                for number, at in enumerate((0, 0.1, 0.2))]  # fmt: skip
    assert len(requests(attempts)) == 3


def test_attempts_that_know_no_client_are_no_twins_either() -> None:
    assert len(requests([inner(at=0, ms=100, trace_id=TRACE), inner(at=0.01, ms=50, trace_id=TRACE)])) == 2


def test_in_one_trace_a_span_without_client_inside_one_with_is_a_twin_though_its_parent_is_missing() -> None:
    assert len(requests([outer(trace_id=TRACE), inner(trace_id=TRACE, parent_span_id="00000000000000ff")])) == 1


def test_many_equal_requests_at_once_keep_their_number_and_lose_their_twins() -> None:
    spans = [span for number in range(50) for span in (outer(at=number * 0.01), inner(at=number * 0.01 + 0.005, ms=80))]
    random.Random(1).shuffle(spans)
    assert len(requests(spans)) == 50


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(order: tuple[int, ...]) -> None:
    first = outer()
    between = raw_span(**below(first))
    last = outer(at=0.01, ms=20, **below(between))
    spans = [first, between, last]
    assert [row["span_id"] for row in requests(*[[spans[place]] for place in order])] == [first["span_id"]]


def test_what_shows_two_to_be_one_may_come_last_and_lie_apart_from_both() -> None:
    first = outer(ms=1)
    between = raw_span(**below(first), at=0.3, ms=1)
    last = outer(ms=1, **below(between))
    for batches in ([[first, between, last]], [[first, last], [between]], [[last], [between], [first]]):
        assert [row["span_id"] for row in requests(*batches)] == [first["span_id"]]


def test_a_twin_of_another_trace_may_come_in_another_merge() -> None:
    assert len(requests([inner()], [outer()])) == len(requests([outer()], [inner()])) == 1


def test_a_twin_found_once_stays_found_in_later_merges() -> None:
    assert len(requests([outer()], [inner()], [raw_span()], [outer("GET /b", at=0.02)])) == 2


def test_captured_requests_are_never_taken_back() -> None:
    connection = connect()
    merge(connection, outer(worker=1, seq=1))
    connection.execute("update requests set source = 'capture'")
    merge(connection, inner(worker=1, seq=2))
    merge(connection, outer(worker=1, seq=3, trace_id="cd" * 16))
    assert connection.execute("select count(*) from requests where source = 'capture'").fetchone() == (1,)


def test_zipkin_halves_that_share_an_id_are_one_request() -> None:
    caller = raw_span("get", kind="CLIENT", service="web", span_id="00000000000000aa")
    served = outer(span_id="00000000000000aa", trace_id=caller["trace_id"])
    assert len(requests([caller, served])) == 1


def test_ancestors_in_a_circle_end() -> None:
    one = outer(span_id="00000000000000aa", parent_span_id="00000000000000bb", trace_id=TRACE)
    other = outer(span_id="00000000000000bb", parent_span_id="00000000000000aa", trace_id=TRACE)
    assert len(requests([one, other])) <= 2


def test_beyond_two_thousand_routes_the_rarest_are_one() -> None:
    spans = [outer(f"GET /p{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}", at=a)
             for a in range(13) for b in range(13) for c in range(13)]  # fmt: skip
    spans += [outer("GET /often", at=20), outer("GET /often", at=21)]
    found = requests(spans)
    routes = {row["route"] for row in found}
    assert len(found) == len(spans)
    assert len(routes) == 2_001
    assert {"(other)", "/often"} <= routes


def test_routes_that_come_later_find_the_place_taken_and_known_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPAN_MAX_ROUTES", "3")
    batches = [
        [outer("GET /a", at=0), outer("GET /b", at=1)],
        [outer("GET /c", at=2), outer("GET /c", at=3), outer("GET /d", at=4), outer("GET /a", at=5)],
        [outer("GET /e", at=6), outer("GET /b", at=7), outer("GET /e", at=8, service="another")],
        [outer("GET /f", at=90_000)],  # the next day
    ]
    with connect() as connection:
        for batch in batches:
            merge(connection, *batch)
        found = connection.execute("select service, route, count(*) from requests group by all order by all").fetchall()
    assert found == [
        ("another", "/e", 1),
        ("app", "(other)", 2),
        ("app", "/a", 2),
        ("app", "/b", 2),
        ("app", "/c", 2),
        ("app", "/f", 1),
    ]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 30), st.booleans(), st.sampled_from("ab")),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
@example([(0, 0, 1, False, "a"), (1, 0, 1, True, "a")], random.Random(1))
@example([(0, 30, 26, False, "a"), (1, 0, 30, True, "a"), (0, 0, 1, False, "a")], random.Random(1))
def test_any_merges_of_the_same_spans_give_the_same_requests(
    drawn: list[tuple[int, int, int, bool, str]], rng: random.Random
) -> None:
    """Each span hangs below an earlier one or is a root; however they are batched, the outcome is that of one batch."""
    spans: list[dict[str, Any]] = []
    for up, at, ms, is_outer, path in drawn:
        parent = spans[-up] if 0 < up <= len(spans) else None
        make = outer if is_outer else inner
        spans.append(make(f"GET /{path}", at=at / 1_000, ms=float(ms), **(below(parent) if parent else {})))
    shuffled = rng.sample(spans, len(spans))
    cut = rng.randint(0, len(spans))
    at_once = {row["span_id"] for row in requests(spans)}
    assert {row["span_id"] for row in requests(shuffled[:cut], shuffled[cut:])} == at_once
    assert at_once == expected(spans)


def expected(spans: list[dict[str, Any]]) -> set[str]:
    """The rule of twin_spans.sql, span by span."""
    by_id = {span["span_id"]: span for span in spans}

    def ancestors(span: dict[str, Any]) -> list[dict[str, Any]]:
        above = []
        while span["parent_span_id"] is not None and (span := by_id[span["parent_span_id"]]):
            above.append(span)
        return above

    def knows_client(span: dict[str, Any]) -> bool:
        return bool("client.address" in span["attribute_keys"])

    def path(span: dict[str, Any]) -> str:
        return str(span["attribute_values"].split("\x1f")[1])

    def meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
        return bool(one["start_ns"] <= other["end_ns"] and other["start_ns"] <= one["end_ns"])

    def is_inside(span: dict[str, Any], other: dict[str, Any]) -> bool:
        return bool(
            knows_client(other)
            and not knows_client(span)
            and path(other) == path(span)
            and (other["trace_id"] == span["trace_id"] or span["parent_span_id"] is None)
            and other["start_ns"] <= span["start_ns"] + 1_000_000
            and span["end_ns"] - 1_000_000 <= other["end_ns"]
        )

    def is_twin(span: dict[str, Any]) -> bool:
        above = [other for other in ancestors(span) if not is_inside(other, span)]
        if any(path(other) == path(span) and meet(other, span) for other in above):
            return True
        return any(is_inside(span, other) for other in spans)

    return {span["span_id"] for span in spans if not is_twin(span)}
