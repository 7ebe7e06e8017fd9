"""Latency, load, demand and resend gap of one endpoint, and amplification of all."""

import pytest

from hotspan_analysis import open_traces
from hotspan_collector.errors import BadInputError
from traces import database, ns, request

SAVE = "PUT /exams/{exam}"


def test_two_requests_that_share_one_processor_each_get_half() -> None:
    # Both in flight from 0 to 2 s; capacity is unknown, so each counts as if it had the processor to itself.
    rows = [request(SAVE, at=0, ms=2000, client="ann"), request(SAVE, at=0.5, ms=1500, client="bob")]
    with database(rows) as connection:
        answer = open_traces(connection, now_ns=ns(10)).feedback(SAVE)
    (point,) = answer.points
    assert point.requests == 2
    assert point.latency_s == pytest.approx(1.75)
    assert answer.capacity is None


def test_while_a_server_is_saturated_the_demand_stays_and_the_latency_grows() -> None:
    # One at a time, 0.5 s each: alone at first, then a queue of 40 that is worked off from 100 s to 120 s.
    alone = [request(SAVE, at=2.0 * index, ms=500, client=f"a{index}") for index in range(20)]
    queue = [request(SAVE, at=100.0, ms=500.0 * (index + 1), client=f"q{index}") for index in range(40)]
    with database(alone + queue) as connection:
        answer = open_traces(connection, now_ns=ns(300)).feedback(SAVE)
    assert answer.demand_s == pytest.approx(0.5)
    assert answer.capacity == pytest.approx(1.0, rel=0.25)
    assert answer.latency_growth is not None
    assert answer.latency_growth > 5
    assert sum(point.requests for point in answer.points) == 60


def test_without_a_calm_time_nobody_knows_the_work() -> None:
    # The first of a crowd comes to an idle server too, and takes as long as the crowd lets it.
    crowd = [request(SAVE, at=100.0 + index / 10, ms=500.0 * 40, client=f"q{index}") for index in range(40)]
    with database(crowd) as connection:
        answer = open_traces(connection, now_ns=ns(300)).feedback(SAVE)
    assert (answer.demand_s, answer.capacity, answer.demand_growth, answer.busy, answer.worst) == (None,) * 5
    assert [point.demand_s for point in answer.points] == [None] * len(answer.points)
    assert all(point.latency_s == pytest.approx(20) for point in answer.points)


def test_an_endpoint_that_is_not_there_is_said() -> None:
    with database([request(SAVE)]) as connection, pytest.raises(BadInputError, match="GET /nothing"):
        open_traces(connection, now_ns=ns(10)).feedback("GET /nothing")


def test_amplification_counts_attempts_operations_and_their_cost() -> None:
    rows = [
        request(SAVE, at=0, ms=3000),  # first
        request(SAVE, at=1, ms=2000),  # while that was open
        request(SAVE, at=100, ms=10, status=503),  # a new operation
        request(SAVE, at=101, ms=10),  # after its failure
        request("GET /other", at=5, ms=10),
    ]
    with database(rows) as connection:
        saves, other = open_traces(connection, now_ns=ns(300)).amplification()
    assert (saves.endpoint, saves.attempts, saves.operations, saves.duplicates) == (SAVE, 4, 2, 2)
    assert saves.amplification == 2.0
    assert saves.duplicate_in_flight_s == pytest.approx(2.0)  # from 1 s to 3 s two were open
    assert saves.avoidable_s == pytest.approx(2.01)
    assert (other.attempts, other.duplicates, other.amplification) == (1, 0, 1.0)
