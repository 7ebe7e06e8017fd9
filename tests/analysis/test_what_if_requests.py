"""The requests that what-if is fitted to: which are asked for, who sent them, and when they were answered, if ever."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis import open_traces
from traces import database, ns, request

SAVE = "PUT /save"


def asked(rows: list[dict[str, Any]], *, until_s: float = 100.0, trouble: tuple[float, float] = (50.0, 60.0)) -> Any:
    """The rows of the question, in seconds since the start."""
    from_ns, to_ns = map(ns, trouble)
    connection = database([row | {"seq": number} for number, row in enumerate(rows)])
    with connection, open_traces(connection, now_ns=ns(1000)).reading() as engine:
        return engine.ask(
            "what_if_requests", service="app", method="PUT", route="/save", from_ns=ns(0), to_ns=ns(until_s),
            trouble_from_ns=from_ns, trouble_to_ns=to_ns, held_s=5.0,
        ).tuples  # fmt: skip


def done(rows: list[dict[str, Any]], **more: Any) -> list[float | None]:
    """When each was answered."""
    return [row[2] for row in asked(rows, **more)]


def test_times_are_seconds_since_the_start_of_the_stretch() -> None:
    ((sent_s, started_s, done_s, _, error, aborted, process, came_s, sender),) = asked(
        [request(SAVE, at=10.0, ms=250, worker=7)]
    )
    assert (sent_s, started_s, done_s) == (10.0, 10.0, 10.25)
    assert (error, aborted, process, came_s, sender) == (False, False, 7, 10.0, 0)


def test_what_ends_after_the_stretch_is_open() -> None:
    assert done([request(SAVE, at=10.0, ms=250), request(SAVE, at=99.0, ms=2000)]) == [10.25, None]


def test_what_was_cut_off_has_no_answer() -> None:
    rows = [request(SAVE, at=10.0), request(SAVE, at=11.0, unfinished=True), request(SAVE, at=12.0, status=None)]
    assert [each is None for each in done(rows)] == [False, True, True]


def test_where_nobody_tells_a_status_every_end_is_an_answer() -> None:
    assert None not in done([request(SAVE, at=10.0, status=None), request(SAVE, at=12.0, status=None)])


def test_who_left_early_was_worked_for_to_the_end() -> None:
    assert None not in done([request(SAVE, at=10.0), request(SAVE, at=12.0, status=None, aborted=True)])


def test_other_endpoints_are_beside_it_and_long_polls_are_no_load() -> None:
    rows = [request(SAVE, at=1.0), request("GET /page", at=2.0), request("GET /news", at=3.0, ms=30_000)]
    assert [row[-1] for row in asked(rows)] == [0, -1]


def test_an_endpoint_that_is_slow_in_the_trouble_only_is_load() -> None:
    rows = [request(SAVE, at=1.0), request("GET /page", at=2.0), request("GET /page", at=55.0, ms=30_000)]
    assert [row[-1] for row in asked(rows)] == [0, -1, -1]


def test_a_client_came_when_it_was_first_seen_on_whatever_endpoint() -> None:
    rows = [request("GET /page", at=1.5), request(SAVE, at=2.0), request(SAVE, at=9.0, client="later")]
    assert [row[-2] for row in asked(rows)] == [1.5, 1.5, 9.0]


def test_nobody_knows_when_those_came_who_share_an_address() -> None:
    rows = [request("GET /page", at=1.5), request(SAVE, at=2.0)]
    assert [row[-2] for row in asked([row | {"client_tier": "address"} for row in rows])] == [None, None]


def test_other_services_and_jobs_are_somewhere_else() -> None:
    rows = [request(SAVE, at=1.0), request(SAVE, at=2.0, service="other"), request(SAVE, at=3.0, kind="held_open")]
    assert len(asked(rows)) == 1


def test_behind_an_address_what_is_asked_for_tells_people_apart() -> None:
    tests = ("maths", "art", "maths", "art")
    rows = [request(SAVE, at=float(at), client="school", target=test) for at, test in enumerate(tests)]
    rows = [row | {"client_tier": "address"} for row in rows]
    assert [row[-1] for row in asked(rows)] in ([0, 1, 0, 1], [1, 0, 1, 0])
    named = [row | {"client_tier": "session"} for row in rows]
    assert [row[-1] for row in asked(named)] == [0, 0, 0, 0]


@settings(max_examples=10)  # each makes a database
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 5000), st.integers(0, 3)), min_size=1, max_size=20))
def test_every_request_is_there_once_and_everybody_has_one_number(drawn: list[tuple[int, int, int]]) -> None:
    found = asked([request(SAVE, at=at, ms=ms, client=f"c{who}") for at, ms, who in drawn])
    assert sorted(row[0] for row in found) == sorted(float(at) for at, _, _ in drawn)
    assert {row[-1] for row in found} == set(range(len({who for _, _, who in drawn})))


def test_what_took_no_time_by_its_clock_came_before_it_went() -> None:
    ((sent_s, _, done_s, *_),) = asked([request(SAVE, at=10.0, ms=0)])
    assert sent_s < done_s < sent_s + 1e-6
