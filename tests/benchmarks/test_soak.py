"""The soak in small, and that its checks see what they are there to see."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soak_checks
import soak_samples
from soak_checks import Counted
from soak_feeder import SERVICE
from soak_load import ANSWERED, SENT, UNSENT, Load
from soak_samples import MB, Samples, Series, children, rss_mb

import stores
import traces
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.mark.slow
def test_everything_at_once_for_a_minute_loses_doubles_and_grows_nothing() -> None:
    command = [sys.executable, str(SOAK), "--minutes", "1", "--rate", "150", "--viewers", "1", "--keep", str(8 * MB)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "ok    answered requests" in ended.stdout


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(Settings(store=tmp_path, flush_interval_s=3600))
    yield made
    made.close()


def sent(*times_ns: int, states: bytes) -> Load:
    """What the load tool remembers of its requests."""
    load = Load(0, 1)
    load.sent_ns.extend(times_ns)
    load.state.extend(states)
    return load


def recorded(recorder: Recorder, *numbers: int) -> int:
    """Requests of these numbers in the store; when the first of them started."""
    starts_ns = [stores.record(recorder, f"/items/{number}").start_ns for number in numbers]
    recorder.flush(merge=True)
    return starts_ns[0]


def test_requests_that_are_there_once(tmp_path: Path, recorder: Recorder) -> None:
    start_ns = recorded(recorder, 0, 1, 3)
    load = sent(start_ns, start_ns, 0, start_ns, start_ns, states=bytes([ANSWERED, ANSWERED, UNSENT, SENT, SENT]))
    assert soak_checks.requests(tmp_path, load) == Counted(once=2, lost=0, pruned=0, doubled=0, strangers=0)
    assert (load.answered, load.sent) == (2, 4)


def test_requests_that_are_lost_pruned_doubled_or_nobodys(tmp_path: Path, recorder: Recorder) -> None:
    start_ns = recorded(recorder, 0, 1, 1, 99)
    states = bytes([ANSWERED] * 4)
    load = sent(start_ns, start_ns, start_ns, start_ns - 1, states=states)
    counted = soak_checks.requests(tmp_path, load)
    assert counted == Counted(once=1, lost=1, pruned=1, doubled=1, strangers=1)


def test_spans_that_are_lost_pruned_or_doubled(tmp_path: Path) -> None:
    stored = ["a", "b", "b"]
    stores.seal(tmp_path, spans=[traces.span(service=SERVICE, span_id=span_id * 16) for span_id in stored])
    acknowledged = tmp_path / "acknowledged"
    lines = [("a", 0), ("b", 0), ("c", 0), ("d", -1)]
    acknowledged.write_text("".join(f"{name * 16} {traces.ns(at)}\n" for name, at in lines))
    assert soak_checks.spans(tmp_path, acknowledged) == Counted(once=1, lost=1, pruned=1, doubled=1, strangers=0)


@pytest.mark.parametrize(
    ("counted", "may_prune", "holds"),
    [
        (Counted(5, 0, 0, 0, 0), False, True),
        (Counted(5, 0, 3, 0, 0), True, True),
        (Counted(5, 0, 3, 0, 0), False, False),
        (Counted(5, 1, 0, 0, 0), True, False),
        (Counted(5, 0, 0, 1, 0), True, False),
        (Counted(5, 0, 0, 0, 1), True, False),
        (Counted(0, 0, 5, 0, 0), True, False),
    ],
)
def test_only_retention_may_take_something(counted: Counted, may_prune: bool, holds: bool) -> None:
    assert soak_checks.accounted("rows", counted, may_prune).holds is holds


def test_what_was_dropped_is_told(tmp_path: Path, recorder: Recorder) -> None:
    recorded(recorder, 0)
    assert soak_checks.dropped(tmp_path).holds
    recorder.losses.add("buffer_full", "requests")
    recorder.flush(merge=True)
    assert soak_checks.dropped(tmp_path).words == "dropped on the way in: [('buffer_full', 'requests', 1)]"


def test_growth_is_from_the_second_quarter_to_the_last(tmp_path: Path) -> None:
    still, grown = Series([10.0, 90.0, 100.0, 100.0, 105.0, 300.0, 110.0, 115.0]), Series([50.0] * 4 + [150.0] * 4)
    assert (still.quarter(2), still.quarter(4), still.growth) == (100.0, 112.5, 12.5)
    samples = Samples(tmp_path, memory_mb={"worker": still, "dashboard": grown})
    assert [check.holds for check in soak_checks.memory(samples)] == [False, True]


def test_an_inbox_that_grows_is_seen(tmp_path: Path) -> None:
    samples = Samples(tmp_path, waiting=Series([10.0] * 4 + [80.0] * 4))
    assert [check.holds for check in soak_checks.inbox(samples)] == [False, True]
    stores.seal(tmp_path, [traces.request()])
    assert [check.holds for check in soak_checks.inbox(samples)] == [False, False]


def test_a_database_beyond_its_limit_is_seen(tmp_path: Path) -> None:
    samples = Samples(tmp_path, file_mb=Series([1.0, 30.0, 2.0]))
    assert soak_checks.size(samples, 30 * MB).holds
    assert not soak_checks.size(samples, 29 * MB).holds


def test_who_has_not_worked_yet_is_not_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few connections a worker may get none for a while: that it loads DuckDB then is no growth."""
    samples = Samples(tmp_path)
    for sizes_mb in ({1: 37.0, 2: 110.0}, {1: 37.0, 2: 111.0}, {1: 109.0, 2: 112.0}):
        monkeypatch.setattr(soak_samples, "rss_mb", sizes_mb.get)
        samples.take({"late": 1, "early": 2})
    assert {name: series.values for name, series in samples.memory_mb.items()} == {
        "late": [109.0],
        "early": [110.0, 111.0, 112.0],
    }


def test_samples_of_processes(tmp_path: Path) -> None:
    with stores.python("input()", stdin=subprocess.PIPE) as process:
        assert process.pid in children(os.getpid())
        stores.eventually(lambda: (rss_mb(process.pid) or 0.0) > 1, "Python weighs something")
        process.communicate("\n")
    assert rss_mb(process.pid) is None
    samples = Samples(tmp_path)
    stores.seal(tmp_path, [traces.request()])
    samples.take({"gone": process.pid})
    assert (samples.memory_mb, samples.waiting.values, samples.file_mb.values) == ({}, [1], [0.0])
