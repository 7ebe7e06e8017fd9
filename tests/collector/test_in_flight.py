import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import stores
from hotspan_collector import snapshots
from hotspan_collector.in_flight import InFlight
from hotspan_collector.layout import Layout
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
from hotspan_collector.writer import Writer


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(Settings(store=tmp_path, flush_interval_s=3600))
    yield made
    made.close()


@pytest.fixture
def in_flight(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> InFlight:
    monkeypatch.setattr("hotspan_collector.in_flight.COST_SHARE", 1e9)  # no pause between two writes
    return InFlight(recorder, Writer(recorder))


def snapshot(root: Path) -> Path | None:
    """The one snapshot there is."""
    found = [path for path in Layout(root).open.glob("*") if path.suffix == ".parquet"]
    assert len(found) <= 1
    return found[0] if found else None


def seen(root: Path) -> list[int]:
    return [seq for (seq,) in stores.rows(root, "select seq from requests where end_ns is null order by seq")]


def test_without_requests_nothing_is_written(tmp_path: Path, in_flight: InFlight) -> None:
    in_flight.write()
    assert list(tmp_path.iterdir()) == []


def test_it_follows_the_requests(tmp_path: Path, recorder: Recorder, in_flight: InFlight) -> None:
    first = stores.record(recorder, finished=False)
    in_flight.write()
    assert seen(tmp_path) == [first.seq]
    second = stores.record(recorder, finished=False)
    in_flight.write()
    assert seen(tmp_path) == [first.seq, second.seq]
    recorder.open.pop(first.seq)
    in_flight.write()
    assert seen(tmp_path) == [second.seq]
    recorder.open.pop(second.seq)
    in_flight.write()
    assert snapshot(tmp_path) is None


def test_the_same_requests_are_written_twice_and_then_touched(
    tmp_path: Path, recorder: Recorder, in_flight: InFlight
) -> None:
    request = stores.record(recorder, finished=False)
    in_flight.write()
    request.route = "/late"  # the router has said so meanwhile
    in_flight.write()
    assert stores.rows(tmp_path, "select route from requests") == [("/late",)]
    path = snapshot(tmp_path)
    assert path is not None
    file_number = path.stat().st_ino
    os.utime(path, ns=(0, 0))
    in_flight.write()
    assert path.stat().st_ino == file_number
    assert path.stat().st_mtime_ns > 0
    stores.record(recorder, finished=False)
    in_flight.write()
    assert path.stat().st_ino != file_number


def test_a_snapshot_somebody_removed_is_written_again(tmp_path: Path, recorder: Recorder, in_flight: InFlight) -> None:
    stores.record(recorder, finished=False)
    for _ in range(2):
        in_flight.write()
    shutil.rmtree(tmp_path)
    in_flight.write()
    assert len(seen(tmp_path)) == 1


def test_a_request_that_has_just_begun_is_not_worth_writing_down(
    tmp_path: Path, recorder: Recorder, in_flight: InFlight, monkeypatch: pytest.MonkeyPatch
) -> None:
    young, old = stores.record(recorder, finished=False), stores.record(recorder, finished=False)
    now_ns = time.time_ns()
    monkeypatch.setattr("hotspan_collector.in_flight.time.time_ns", lambda: now_ns)
    young.start_ns = now_ns - 99_000_000
    in_flight.write()
    assert seen(tmp_path) == [old.seq]
    now_ns += 1_000_000
    in_flight.write()
    assert seen(tmp_path) == [young.seq, old.seq]


def test_a_clock_set_back_hides_no_request(
    tmp_path: Path, recorder: Recorder, in_flight: InFlight, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = stores.record(recorder, finished=False)
    monkeypatch.setattr("hotspan_collector.in_flight.time.time_ns", lambda: request.start_ns - 10**12)
    in_flight.write()
    assert seen(tmp_path) == [request.seq]


def test_it_is_known_whose_snapshot_it_is(tmp_path: Path, recorder: Recorder, in_flight: InFlight) -> None:
    stores.record(recorder, finished=False)
    in_flight.write()
    (found,) = snapshots.found(Layout(tmp_path).open)
    assert found.alive
    assert found.process.pid == os.getpid()
    assert found.path == snapshots.path_of(Layout(tmp_path).open, recorder.worker)


def test_what_takes_long_is_not_done_all_the_time(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_s = 0.0
    writes: list[int] = []
    writer = Writer(recorder)

    def write_slowly(*_: object) -> None:
        nonlocal clock_s
        clock_s += 2.0
        writes.append(len(recorder.open))

    monkeypatch.setattr("hotspan_collector.in_flight.time.monotonic", lambda: clock_s)
    monkeypatch.setattr(writer, "write", write_slowly)
    in_flight = InFlight(recorder, writer)
    for _ in range(100):
        stores.record(recorder, finished=False)
        in_flight.write()
        clock_s += 1.0
    assert len(writes) == 100 // 42 + 1  # 2 s of work are 5 % of 42 s
