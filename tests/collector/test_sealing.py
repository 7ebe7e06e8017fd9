import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import stores
from hotspan_collector import request_rows, sealing
from hotspan_collector.errors import StoreError
from hotspan_collector.guard import errors
from hotspan_collector.layout import Layout
from hotspan_collector.recorder import Recorder
from hotspan_collector.retention import Retention
from hotspan_collector.settings import Settings

COUNT = "select count(*) from requests"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def recorder(root: Path) -> Iterator[Recorder]:
    made = Recorder(Settings(store=root, flush_interval_s=3600, max_buffered_requests=50, service="shop"))
    yield made
    made.close()


def swallow_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here to the end of the test mistakes of ours are swallowed, as a host wants it."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "hotspan"]


def test_a_trouble_is_told_once_and_its_end_once(
    root: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    root.write_text("a file where the store should be")
    for _ in range(4):
        stores.record(recorder)
        recorder.flush(merge=True)
    assert len(messages(caplog)) == 1
    assert messages(caplog)[0].startswith(f"hotspan cannot write, rows wait: {root}")
    root.unlink()
    for _ in range(2):
        recorder.flush(merge=True)
    assert messages(caplog)[1:] == [f"hotspan can write again to {root}"]
    assert stores.rows(root, COUNT) == [(4,)]


def test_rows_wait_within_bounds_and_the_others_are_counted(
    root: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    root.write_text("a file where the store should be")
    for _ in range(8):
        for _ in range(20):
            stores.record(recorder)
        recorder.flush()
    root.unlink()
    recorder.flush()
    assert stores.rows(root, COUNT) == [(50,)]
    assert stores.rows(root, "select service, reason, what, rows from losses") == [
        ("shop", "buffer_full", "requests", 110)
    ]
    assert len(messages(caplog)) == 2


def test_two_troubles_are_two_messages(
    root: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_merge(*_: object, **__: object) -> bool:
        raise StoreError("hotspan.duckdb: no merging today")

    monkeypatch.setattr("hotspan_collector.sealing.merge.merge", no_merge)
    stores.record(recorder)
    recorder.flush(merge=True)
    (root / "secret").write_bytes(b"short")
    monkeypatch.setattr(recorder._sealing._writer, "_secret", None)  # type: ignore[union-attr]  # it has flushed
    stores.record(recorder)
    recorder.flush(merge=True)
    told = messages(caplog)
    assert [message.rpartition(": ")[2].split(";")[0] for message in told] == [
        "no merging today",
        "not a secret of 32 bytes",
    ]


def test_rows_that_cannot_be_sealed_are_counted_and_the_others_go_on(
    root: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    swallow_mistakes(monkeypatch)
    real = request_rows.request_columns
    monkeypatch.setattr(sealing, "SEGMENT_ROWS", 10)

    def fail_on_poison(records: Any, recorder: Recorder) -> Any:
        assert not any(record.path == "/poison" for record in records)
        return real(records, recorder)

    monkeypatch.setattr(request_rows, "request_columns", fail_on_poison)
    for place in range(35):
        stores.record(recorder, "/poison" if place == 12 else "/a")
    before = errors["sealing requests"]
    for _ in range(3):
        recorder.flush()
    assert errors["sealing requests"] == before + 1
    assert stores.rows(root, COUNT) == [(25,)]
    assert stores.rows(root, "select reason, what, rows from losses") == [("unsealable", "requests", 10)]


def test_a_step_that_fails_keeps_no_other_from_its_work(
    root: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    swallow_mistakes(monkeypatch)
    stores.record(recorder)
    open_request = stores.record(recorder, finished=False)
    monkeypatch.setattr("hotspan_collector.in_flight.InFlight.write", fail)
    recorder.flush(merge=True)
    recorder.open.pop(open_request.seq)
    monkeypatch.undo()
    assert stores.rows(root, COUNT) == [(1,)]


def test_a_database_held_by_another_program_is_no_trouble_for_the_app(
    root: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    stores.record(recorder)
    recorder.flush(merge=True)
    script = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(600)"
    with stores.python(script, Layout(root).database) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(5):
            stores.record(recorder)
            recorder.flush(merge=True)
        assert len(stores.waiting(root)) == 5
        process.kill()
    recorder.flush(merge=True)
    assert stores.waiting(root) == []
    assert stores.rows(root, COUNT) == [(6,)]
    assert messages(caplog) == []


def test_an_unusable_database_is_one_message_and_the_inbox_stays_within_bounds(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "TRIM_INTERVAL_S", 0.0)
    recorder = Recorder(Settings(store=root, flush_interval_s=3600, retention_bytes=30_000))
    Layout(root).make()
    Layout(root).database.write_text("no database at all")
    for _ in range(20):
        stores.record(recorder)
        recorder.flush(merge=True)
    assert sum(path.stat().st_size for path in Layout(root).inbox.glob("requests-*")) < 35_000
    assert len(messages(caplog)) == 1
    assert "this file is no DuckDB database" in messages(caplog)[0]
    assert Layout(root).database.read_text() == "no database at all"
    Layout(root).database.unlink()
    recorder._sealing._keep = Retention(None, None)  # type: ignore[union-attr]  # so little would hold no database
    recorder.close()
    ((stored, lost),) = stores.rows(
        root, "select count(*), (select sum(rows) from losses where reason = 'inbox_full') from requests"
    )
    assert stored + lost == 20
    assert 0 < lost < 20


def test_a_store_removed_under_way_is_begun_anew(
    root: Path, recorder: Recorder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stores.record(recorder)
    recorder.flush(merge=True)
    root.rename(tmp_path / "gone")
    for _ in range(2):
        stores.record(recorder)
        recorder.flush(merge=True)
    assert messages(caplog) == []
    assert stores.rows(root, COUNT) == [(2,)]
    assert (root / "secret").read_bytes() != (tmp_path / "gone" / "secret").read_bytes()


def test_a_clock_that_steps_back_makes_no_name_twice(
    root: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.record(recorder)
    recorder.flush(merge=False)
    now_ns = time.time_ns()
    monkeypatch.setattr("hotspan_collector.writer.time.time_ns", lambda: now_ns - 10**12)
    for _ in range(3):
        stores.record(recorder)
        recorder.flush(merge=False)
    assert len(stores.waiting(root)) == 4
    assert stores.rows(root, COUNT) == [(4,)]


def test_a_broken_duckdb_is_replaced(root: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    stores.record(recorder)
    recorder.flush()
    recorder._sealing._writer.connection.close()  # type: ignore[union-attr]  # it has flushed
    stores.record(recorder)
    recorder.flush()
    recorder.flush()
    assert stores.rows(root, COUNT) == [(2,)]
    assert len(messages(caplog)) <= 2


def test_duckdbs_memory_is_given_back_and_taken_again(root: Path, recorder: Recorder) -> None:
    stores.record(recorder)
    recorder.flush()
    assert recorder._sealing is not None
    recorder._sealing.rest()
    with pytest.raises(AttributeError):
        recorder._sealing._writer._connection.execute("select 1")  # type: ignore[union-attr]  # it is None now
    stores.record(recorder)
    recorder.flush()
    assert stores.rows(root, COUNT) == [(2,)]


def test_a_duckdb_is_replaced_before_it_has_grown(
    root: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotspan_collector.writer.RENEW_AFTER", 3)
    connections = set()
    for _ in range(7):
        stores.record(recorder)
        recorder.flush(merge=False)
        connections.add(recorder._sealing._writer.connection)  # type: ignore[union-attr]  # it has flushed
    assert len(connections) == 3
    assert stores.rows(root, COUNT) == [(7,)]


def test_the_app_decides_how_long_rows_are_kept(root: Path) -> None:
    recorder = Recorder(Settings(store=root, flush_interval_s=3600, retention_days=1 / 86_400_000))
    stores.record(recorder)
    time.sleep(0.01)
    recorder.close()
    with duckdb.connect(str(Layout(root).database)) as connection:
        assert connection.execute(COUNT).fetchall() == [(0,)]


def test_logging_goes_to_one_logger_that_apps_know_how_to_silence() -> None:
    assert sealing._log is logging.getLogger("hotspan")
