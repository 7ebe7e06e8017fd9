"""Every answer counts the same requests: ranking, timeline, histogram, clients and comparison agree to the nanosecond."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings

from hotspan_analysis import Window, open_traces
from slow_answers import NOW_NS, requests_of_a_few_clients
from traces import EPOCH_NS, database, ns, request, span

Row = dict[str, Any]
WINDOW = Window(EPOCH_NS + 10**9, EPOCH_NS + 9 * 10**9)


@given(requests_of_a_few_clients())
@settings(max_examples=40, deadline=None)
def test_everything_adds_up_to_the_same(rows: list[Row]) -> None:
    with database(rows, [span("tidy", at=3, ms=2000)]) as connection:
        traces = open_traces(connection, now_ns=NOW_NS)
        ranking, timeline = traces.endpoints(WINDOW), traces.timeline(WINDOW, buckets=9)
        clients, histogram = traces.clients(WINDOW), traces.histogram(WINDOW, buckets=9)
        compared = traces.compare(after=WINDOW)
    total = ranking.totals.everything
    jobs = ranking.totals.kinds["job"]
    assert sum(row.requests for row in timeline) == total.requests
    assert sum(row.total_time_ns for row in timeline) == total.total_time_ns
    assert sum(row.errors for row in timeline) == total.errors
    assert sum(row.aborted for row in timeline) == total.aborted
    assert sum(cell.requests for cell in histogram) == total.requests
    assert sum(cell.errors for cell in histogram) == total.errors
    assert sum(row.requests for row in clients) == total.requests - jobs.requests
    assert sum(row.total_time_ns for row in clients) == total.total_time_ns - jobs.total_time_ns
    assert sum(row.duplicates for row in clients) == total.duplicates
    assert sum(row.avoidable_ns for row in clients) == sum(row.avoidable_ns for row in ranking)
    assert sum(row.requests_after for row in compared) == total.requests
    assert sum(row.total_time_after_ns for row in compared) == total.total_time_ns


@given(requests_of_a_few_clients())
@settings(max_examples=20, deadline=None)
def test_an_endpoint_alone_is_what_it_is_among_all(rows: list[Row]) -> None:
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=NOW_NS)
        for row in traces.endpoints(WINDOW):
            only = {"endpoint": row.endpoint, "service": row.service, "kind": row.kind}
            (alone,) = traces.endpoints(WINDOW, **only)  # type: ignore[arg-type]  # the names are those of Filters
            assert asdict(alone) | {"time_share": 0} == asdict(row) | {"time_share": 0}
            timeline = traces.timeline(WINDOW, **only)  # type: ignore[arg-type]  # the same
            assert sum(bucket.total_time_ns for bucket in timeline) == row.total_time_ns


def test_the_time_in_flight_is_the_time_taken_when_all_of_it_lies_inside() -> None:
    rows = [request(at=2 + at / 7, ms=at * 31) for at in range(30)]
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=NOW_NS)
        timeline, total = traces.timeline(WINDOW), traces.endpoints(WINDOW).totals.everything
    assert sum(bucket.in_flight_ns for bucket in timeline) == total.total_time_ns
    assert sum(b.mean_in_flight * (b.end_ns - b.start_ns) for b in timeline) == pytest.approx(total.total_time_ns)


def test_a_share_of_all_clients_is_the_share_of_their_requests() -> None:
    rows = [request(at=at, client=f"c{at % 3}", ms=100 * (at % 3)) for at in range(9)]
    with database(rows) as connection:
        clients = open_traces(connection, now_ns=ns(60)).clients()
    assert sum(row.time_share for row in clients) == pytest.approx(1)
    assert sum(row.request_share for row in clients) == pytest.approx(1)
