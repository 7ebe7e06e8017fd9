"""Every endpoint over time: by hand, and adding up to the timeline and the ranking."""

from typing import Any

from hypothesis import given, settings

from hotspan_analysis import Window, open_traces
from slow_answers import NOW_NS, requests_of_a_few_clients
from traces import EPOCH_NS, database, ns, request, span


def test_each_has_a_figure_for_each_bucket() -> None:
    rows = [request("GET /a", at=0.5, ms=100), request("GET /a", at=2.5, ms=300), request("GET /a", at=2.6, ms=100)]
    rows += [request("GET /b", at=3.9, ms=50, service="shop"), request("GET /a", at=9, ms=1)]
    with database(rows, [span("job", 1, 500)]) as connection:
        found = open_traces(connection, now_ns=ns(60)).trends(Window(ns(0), ns(4)), buckets=4)
    assert [(each.service, each.kind, each.endpoint, each.requests, each.total_time_s) for each in found] == [
        ("app", "job", "job", (0, 1, 0, 0), (0, 0.5, 0, 0)),
        ("app", "web", "GET /a", (1, 0, 2, 0), (0.1, 0, 0.4, 0)),
        ("shop", "web", "GET /b", (0, 0, 0, 1), (0, 0, 0, 0.05)),
    ]


def test_a_window_without_requests_has_none_and_filters_hold() -> None:
    with database([request("GET /a", ms=1), request("GET /b", ms=1)]) as connection:
        traces = open_traces(connection, now_ns=ns(60))
        assert list(traces.trends(Window(ns(50), ns(60)))) == []
        assert [each.endpoint for each in traces.trends(endpoint="GET /b")] == ["GET /b"]


@settings(max_examples=25)
@given(requests_of_a_few_clients())
def test_they_add_up_to_the_timeline(rows: list[dict[str, Any]]) -> None:
    window = Window(EPOCH_NS + 10**9, EPOCH_NS + 9 * 10**9)
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=NOW_NS)
        line, found = traces.timeline(window, buckets=20), traces.trends(window, buckets=20)
    for place, bucket in enumerate(line):
        assert sum(each.requests[place] for each in found) == bucket.requests
        assert abs(sum(each.total_time_s[place] for each in found) - bucket.total_time_s) < 1e-9
