import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import slow_answers
from hotspan_analysis import Window, open_traces
from hotspan_analysis.timeline import LADDER_NS, Bucket, Timeline, bucket_width_ns, edge_ms, latest
from hotspan_analysis.window import SECOND_NS
from hotspan_collector.errors import BadInputError
from slow_answers import NOW_NS, requests_of_a_few_clients
from traces import EPOCH_NS, database, ns, request, span

Row = dict[str, Any]


def drawn(rows: list[Row], spans: list[Row] | None = None, window: Any = None, **more: Any) -> Timeline:
    with database(rows, spans or []) as connection:
        return open_traces(connection, now_ns=more.pop("now_ns", ns(60))).timeline(window, **more)


def test_buckets_by_hand() -> None:
    found = drawn(
        [
            request("GET /a", at=0.5, ms=1000),
            request("GET /a", at=0.75, ms=250, status=500),
            request("GET /a", at=2.5, ms=500, aborted=True),
        ],
        window=Window(ns(0), ns(4)),
        buckets=4,
    )
    assert found.width_ns == SECOND_NS
    assert [(row.start_ns, row.end_ns) for row in found] == [(ns(at), ns(at + 1)) for at in range(4)]
    assert [row.requests for row in found] == [2, 0, 1, 0]
    assert [(row.errors, row.aborted) for row in found] == [(1, 0), (0, 0), (0, 1), (0, 0)]
    assert [row.throughput_rpm for row in found] == [120, 0, 60, 0]
    assert [row.total_time_s for row in found] == [1.25, 0, 0.5, 0]
    assert [row.mean_ms for row in found] == [625, None, 500, None]
    assert [row.p50_ms for row in found] == [625, None, 500, None]
    assert [row.max_ms for row in found] == [1000, None, 500, None]
    assert [row.in_flight_ns for row in found] == [750_000_000, 500_000_000, 500_000_000, 0]
    assert [row.mean_in_flight for row in found] == [0.75, 0.5, 0.5, 0]
    assert [row.peak_in_flight for row in found] == [2, 1, 1, 0]


def test_the_first_and_the_last_bucket_are_cut_at_the_window() -> None:
    found = drawn([request(at=1, ms=1000)], window=Window(ns(0.5), ns(2.25)), buckets=3)
    assert [(row.start_ns, row.end_ns) for row in found] == [(ns(0.5), ns(1)), (ns(1), ns(2)), (ns(2), ns(2.25))]
    assert [row.mean_in_flight for row in found] == [0, 1, 0]


def test_what_began_before_the_window_is_in_flight_but_did_not_start() -> None:
    found = drawn([request(at=-5, ms=None)], window=Window(ns(0), ns(2)), buckets=2)
    assert [(row.requests, row.peak_in_flight, row.mean_in_flight) for row in found] == [(0, 1, 1.0), (0, 1, 1.0)]


def test_one_that_ends_as_another_starts_makes_room_first() -> None:
    found = drawn([request(at=0, ms=1000), request(at=1, ms=1000)], window=Window(ns(0), ns(2)), buckets=1)
    assert [(row.peak_in_flight, row.mean_in_flight) for row in found] == [(1, 1.0)]


def test_an_instant_is_never_in_flight() -> None:
    found = drawn([request(at=0, ms=0)], window=Window(ns(0), ns(1)), buckets=1)
    assert [(row.requests, row.peak_in_flight) for row in found] == [(1, 0)]


def test_an_empty_window_has_buckets_all_the_same() -> None:
    found = drawn([], window=Window(ns(0), ns(10)), buckets=5)
    assert [row.requests for row in found] == [0] * 5


def test_one_endpoint_or_job_alone() -> None:
    rows, spans = [request("GET /a", at=0, ms=10), request("GET /b", at=0, ms=20)], [span("tidy", at=0, ms=30)]
    for endpoint, time_ms in (("GET /a", 10), ("GET /b", 20), ("tidy", 30)):
        (bucket,) = drawn(rows, spans, Window(ns(0), ns(1)), endpoint=endpoint, buckets=1)
        assert (bucket.requests, bucket.max_ms, bucket.in_flight_ns) == (1, time_ms, time_ms * 1_000_000)


@pytest.mark.parametrize(
    ("seconds", "buckets", "width_s"),
    [
        (60, 60, 1),
        (61, 60, 2),
        (900, 60, 15),
        (3600, 60, 60),
        (86400, 60, 1800),
        (0.5, 60, 0.01),
        (14 * 86400, 30, 43200),
    ],
)
def test_widths_are_those_of_the_ladder(seconds: float, buckets: int, width_s: float) -> None:
    assert bucket_width_ns(Window(0, round(seconds * SECOND_NS)), buckets) == width_s * SECOND_NS


@given(st.integers(0, 2 * 10**18), st.integers(1, 10**17), st.integers(1, 500))
def test_never_more_buckets_than_asked_for(from_ns: int, length_ns: int, buckets: int) -> None:
    window = Window(from_ns, from_ns + length_ns)
    width_ns = bucket_width_ns(window, buckets)
    first, last = window.from_ns // width_ns, (window.to_ns - 1) // width_ns
    assert last - first + 1 <= buckets or (buckets == 1 and last - first == 1)


def test_moving_a_window_never_cuts_anew() -> None:
    rows = [request(at=at / 3, ms=10) for at in range(100)]
    early = drawn(rows, window=Window(ns(0.1), ns(20.1)), buckets=21)
    late = drawn(rows, window=Window(ns(3.4), ns(23.4)), buckets=21)
    assert early.width_ns == late.width_ns == SECOND_NS
    whole = {row for row in early if row.end_ns - row.start_ns == SECOND_NS}
    assert {row for row in whole if ns(4) <= row.start_ns < ns(20)} <= set(late)


def test_no_buckets_at_all_is_refused() -> None:
    with pytest.raises(BadInputError, match="one at least"):
        drawn([], buckets=0)


@given(requests_of_a_few_clients())
@settings(max_examples=40, deadline=None)
def test_against_a_slow_oracle(rows: list[Row]) -> None:
    window = Window(EPOCH_NS + 1_500_000_000, EPOCH_NS + 9 * 10**9)
    found = drawn(rows, window=window, buckets=8, now_ns=NOW_NS)
    assert found[0].start_ns == window.from_ns
    assert found[-1].end_ns == window.to_ns
    for bucket in found:
        inside = slow_answers.started(rows, bucket.start_ns, bucket.end_ns)
        took = [slow_answers.took_ns(row, NOW_NS) for row in inside]
        assert (bucket.requests, bucket.total_time_ns) == (len(inside), sum(took))
        assert bucket.errors == sum(row["error"] for row in inside)
        if took:
            assert bucket.p95_ms is not None
            assert bucket.p95_ms * 1e6 == pytest.approx(slow_answers.quantile(took, 0.95))
        stretches = clipped(rows, bucket)
        assert bucket.in_flight_ns == sum(end - start for start, end in stretches)
        assert bucket.peak_in_flight == slow_answers.peak(stretches)


def clipped(rows: list[Row], bucket: Bucket) -> list[tuple[int, int]]:
    """The parts of the requests that lie in the bucket."""
    whole = [(row["start_ns"], row["start_ns"] + slow_answers.took_ns(row, NOW_NS)) for row in rows]
    parts = [(max(start, bucket.start_ns), min(end, bucket.end_ns)) for start, end in whole]
    return [(start, end) for start, end in parts if end > start]


def test_the_histogram_counts_every_request_once() -> None:
    rows = [
        request(at=at, ms=ms, status=status)
        for at, ms, status in ((0, 1, 200), (0.1, 1.2, 500), (0.2, 1.3, 200), (1, 0, 200))
    ]
    with database(rows) as connection:
        cells = open_traces(connection, now_ns=ns(9)).histogram(Window(ns(0), ns(2)), buckets=2)
    assert [(cell.bucket_ns, round(cell.from_ms, 9), cell.requests, cell.errors) for cell in cells] == [
        (ns(0), 1.0, 2, 1),
        (ns(0), round(10**0.1, 9), 1, 0),
        (ns(1), 1e-6, 1, 0),
    ]


@pytest.mark.parametrize("power", range(19))
def test_powers_of_ten_open_a_step_of_their_own(power: int) -> None:
    with database([request(at=0, end_ns=EPOCH_NS + 10**power)]) as connection:
        (cell,) = open_traces(connection, now_ns=ns(9)).histogram(Window(ns(0), ns(1)))
    assert cell.from_ms == pytest.approx(10**power / 1e6)


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_each_duration_lies_in_its_cell(durations: list[int]) -> None:
    rows = [request(at=0, end_ns=EPOCH_NS + each) for each in durations]
    with database(rows) as connection:
        cells = open_traces(connection, now_ns=ns(9)).histogram(Window(ns(0), ns(1)))
    assert sum(cell.requests for cell in cells) == len(durations)
    slack = 1 + 1e-8
    for cell in cells:
        low, high = cell.from_ms * 1e6 / slack, cell.to_ms * 1e6 * slack
        assert sum(low <= each <= high for each in durations) >= cell.requests


def test_steps_are_ten_for_each_power_of_ten() -> None:
    assert edge_ms(70) == pytest.approx(10 * edge_ms(60))
    assert math.isclose(edge_ms(60), 1.0)


def test_the_ladder_climbs() -> None:
    assert list(LADDER_NS) == sorted(set(LADDER_NS))


@pytest.mark.parametrize(
    ("requests", "from_s"),
    [(0, 4 - 1e-9), (1, 3.75), (4, 3), (5, 2.9), (14, 1), (15, 0.8), (18, 0.2), (19, 0), (1000, 0)],
)
def test_the_latest_requests_by_hand(requests: int, from_s: float) -> None:
    """5, 0, 10 and 4 requests in four seconds: the last four fill the last of them, half of five are half a second."""
    rows = [request(at=at + number / 10, ms=1) for at, count in ((0, 5), (2, 10), (3, 4)) for number in range(count)]
    with database(rows) as connection:
        line = open_traces(connection, now_ns=ns(60)).timeline(Window(ns(0), ns(4)), buckets=4)
    assert latest(line, requests) == Window(ns(from_s), ns(4))
