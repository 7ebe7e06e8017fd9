"""How much went over time: out of roll-ups as out of rows, and nothing where only rows can tell."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

import stores
from hotspan_analysis import Traces, Window, open_traces, rolling_up, rollups
from hotspan_analysis.course import Course
from hotspan_analysis.results import percentile_error
from hotspan_analysis.rollups import PERCENTILE_ERROR
from hotspan_collector.rollups import HOUR_NS, MINUTE_NS
from traces import ns, request, span

ODD = Window(ns(100.5), ns(17_000.25))


def some_rows() -> list[dict[str, Any]]:
    """Requests of five hours, the same every time."""
    chance = random.Random(7)
    moments = (chance.random() * 5 * 3600 for _ in range(500))
    return [
        request(
            chance.choice(["GET /a", "PUT /b"]),
            at=at,
            ms=chance.lognormvariate(5, 3),
            status=chance.choice([200, 200, 503]),
            kind=chance.choice(["web", "web", "held_open"]),
        )
        for at in moments
    ]


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """A store of such requests and a job, rolled up by minutes and tens of minutes."""
    root = tmp_path_factory.mktemp("course")
    stores.seal(root, some_rows(), [span("nightly", at=at * 1000, ms=100) for at in range(15)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "LEAST_REQUESTS", 1)
        patch.setattr(rollups, "LEAST_STORED", 1)
        patch.setattr(rolling_up, "EDGE_ROWS", 2)
        opened = open_traces(root, now_ns=ns(12 * 3600))
        opened.endpoints()
        yield opened


def near(percentile_ms: float | None) -> Any:
    """Within what is stated; nothing for nothing."""
    return percentile_ms and pytest.approx(percentile_ms, rel=PERCENTILE_ERROR)


def agree(traces: Traces, window: Window | None, buckets: int, kind: str = "web") -> Course:
    """Asks both, and holds one to the other."""
    found = traces.course(window, buckets=buckets, kind=kind)
    assert found is not None
    line = traces.timeline(window, buckets=buckets, kind=kind)
    assert (found.window, found.width_ns) == (line.window, line.width_ns)
    assert len(found) == len(line)
    for step, bucket in zip(found, line, strict=True):
        assert (step.start_ns, step.end_ns) == (bucket.start_ns, bucket.end_ns)
        assert (step.requests, step.errors) == (bucket.requests, bucket.errors)
        assert step.throughput_rpm == pytest.approx(bucket.throughput_rpm)
        assert step.load_erlangs == pytest.approx(bucket.total_time_ns / (bucket.end_ns - bucket.start_ns))
        assert step.p50_ms == near(bucket.p50_ms)
        assert step.p95_ms == near(bucket.p95_ms)
    assert list(found.trends) == list(traces.trends(window, buckets=buckets))
    return found


@pytest.mark.parametrize("window", [None, ODD])
@pytest.mark.parametrize(("buckets", "width_ns"), [(6, HOUR_NS), (16, 30 * MINUTE_NS), (4, 2 * HOUR_NS)])
def test_it_agrees_with_the_rows(traces: Traces, window: Window | None, buckets: int, width_ns: int) -> None:
    found = agree(traces, window, buckets)
    assert found.width_ns == width_ns
    assert percentile_error(found.queries) == PERCENTILE_ERROR
    assert {each.kind for each in found.trends} == {"web", "held_open", "job"}


def test_another_kind_and_the_window_as_a_whole(traces: Traces) -> None:
    found = agree(traces, ODD, 5, kind="held_open")
    (whole,) = traces.timeline(ODD, buckets=1, kind="held_open")
    assert (found.whole.requests, found.whole.errors) == (whole.requests, whole.errors)
    assert found.whole.p50_ms == near(whole.p50_ms)
    assert found.whole.p95_ms == near(whole.p95_ms)


def test_empty_buckets_are_there_too(traces: Traces) -> None:
    found = agree(traces, Window(ns(0), ns(10 * 3600)), 12)
    assert [step.requests for step in found][-3:] == [0, 0, 0]
    assert found[-1].p95_ms is None


def test_it_is_known_of_each_service(traces: Traces) -> None:
    found = traces.course(buckets=5, service="nobody")
    assert found is not None
    assert sum(step.requests for step in found) == found.whole.requests == 0
    assert not found.trends


def test_buckets_that_roll_ups_do_not_fit_are_for_the_rows(traces: Traces) -> None:
    assert traces.course(ODD, buckets=20) is not None
    assert traces.course(ODD, buckets=2000) is None  # ten seconds are no whole minutes


def test_few_requests_are_for_the_rows(traces: Traces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "LEAST_REQUESTS", 10_000)
    assert traces.course() is None
