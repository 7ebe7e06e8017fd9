import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import stores
import traces
from hotspan_collector import database, merge, segments, snapshots
from hotspan_collector.layout import Layout
from hotspan_collector.processes import Process
from hotspan_collector.snapshots import Snapshot

DEAD = replace(Process.current(), started=Process.current().started + 1)
"""A process that had our pid before us."""


def write(root: Path, requests: list[dict[str, object]], process: Process, heartbeat_s: float = 0.0) -> Path:
    """A snapshot as its process writes it, last touched `heartbeat_s` after second zero."""
    layout = Layout(root)
    layout.make()
    path = layout.open / f"requests-{requests[0]['worker']:016x}-{process}.parquet"
    traces.database(requests).table("requests").project("* exclude duration_ns").write_parquet(str(path))
    os.utime(path, ns=(traces.ns(heartbeat_s), traces.ns(heartbeat_s)))
    return path


def merge_now(root: Path) -> None:
    with database.memory(threads=1) as connection:
        assert merge.merge(Layout(root), connection)


def test_a_request_in_flight_is_seen_as_open(tmp_path: Path) -> None:
    write(tmp_path, [traces.request("GET /slow", ms=None)], Process.current())
    assert stores.rows(tmp_path, "select route, end_ns, duration_ns, unfinished from requests") == [
        ("/slow", None, None, False)
    ]


def test_a_request_in_flight_is_not_merged(tmp_path: Path) -> None:
    path = write(tmp_path, [traces.request(ms=None)], Process.current())
    merge_now(tmp_path)
    assert path.exists()
    with duckdb.connect(str(Layout(tmp_path).database)) as connection:
        assert connection.execute("select count(*) from requests").fetchall() == [(0,)]


def test_an_open_request_is_never_seen_together_with_its_final_row(tmp_path: Path) -> None:
    final = traces.request("GET /slow", ms=5000, status=200)
    write(
        tmp_path, [final | {"end_ns": None, "status": None}, traces.request("GET /other", ms=None)], Process.current()
    )
    stores.seal(tmp_path, [final])
    assert stores.rows(tmp_path, "select route, duration_ns from requests order by route") == [
        ("/other", None),
        ("/slow", 5_000_000_000),
    ]


def test_what_was_open_when_a_process_died_ended_at_its_last_heartbeat(tmp_path: Path) -> None:
    path = write(tmp_path, [traces.request("GET /slow", at=10, ms=None)], DEAD, heartbeat_s=13)
    expected = [("/slow", True, 3_000_000_000, traces.ns(13))]
    sql = "select route, unfinished, duration_ns, end_ns from requests"
    assert stores.rows(tmp_path, sql) == expected
    assert not path.exists()
    assert stores.rows(tmp_path, sql) == expected


def test_a_heartbeat_before_the_start_ends_a_request_at_its_start(tmp_path: Path) -> None:
    write(tmp_path, [traces.request(at=10, ms=None)], DEAD, heartbeat_s=7)
    assert stores.rows(tmp_path, "select duration_ns, unfinished from requests") == [(0, True)]


def test_a_request_sealed_before_its_process_died_is_not_unfinished(tmp_path: Path) -> None:
    final = traces.request("GET /done", ms=1000)
    write(tmp_path, [final | {"end_ns": None}, traces.request("GET /open", ms=None)], DEAD)
    stores.seal(tmp_path, [final])
    assert stores.rows(tmp_path, "select route, unfinished from requests order by route") == [
        ("/done", False),
        ("/open", True),
    ]


def test_a_snapshot_that_was_not_deleted_in_time_does_not_count_again(tmp_path: Path) -> None:
    path = write(tmp_path, [traces.request(ms=None)], DEAD)
    shutil.copy2(path, tmp_path / "kept")
    merge_now(tmp_path)
    shutil.move(tmp_path / "kept", path)
    merge_now(tmp_path)
    assert stores.rows(tmp_path, "select count(*) from requests") == [(1,)]


def test_a_final_row_that_comes_after_all_takes_the_unfinished_ones_place(tmp_path: Path) -> None:
    final = traces.request("GET /slow", ms=9000)
    write(tmp_path, [final | {"end_ns": None}], DEAD)
    merge_now(tmp_path)
    stores.seal(tmp_path, [final])
    assert stores.rows(tmp_path, "select unfinished, duration_ns from requests") == [(False, 9_000_000_000)]


def test_of_a_store_nobody_may_write_the_dead_are_told_from_the_living(tmp_path: Path) -> None:
    merge_now(tmp_path)
    write(tmp_path, [traces.request("GET /open", at=1, ms=None)], Process.current())
    write(tmp_path, [traces.request("GET /died", at=1, ms=None, worker=2)], DEAD, heartbeat_s=2)
    with Layout(tmp_path).lock(shared=True):  # somebody reads all the time, so nobody can merge
        found = stores.rows(tmp_path, "select route, unfinished, duration_ns from requests order by route")
    assert found == [("/died", True, 1_000_000_000), ("/open", False, None)]


def test_a_damaged_snapshot_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path, [traces.request("GET /open", ms=None)], Process.current())
    damaged = write(tmp_path, [traces.request(ms=None, worker=2)], Process.current())
    damaged.write_bytes(b"cut short")
    assert stores.rows(tmp_path, "select route from requests") == [("/open",)]
    damaged.rename(damaged.with_name(damaged.name.replace(str(Process.current()), str(DEAD))))
    assert stores.rows(tmp_path, "select route from requests") == [("/open",)]
    assert len(list(Layout(tmp_path).open.iterdir())) == 1


def test_a_snapshot_removed_while_it_is_read_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path, [traces.request("GET /open", ms=None)], Process.current())
    removed = write(tmp_path, [traces.request(ms=None, worker=2)], Process.current())
    found = snapshots.found(Layout(tmp_path).open)
    removed.unlink()
    with database.memory() as connection:
        unreadable = snapshots.load(connection, found)
        assert [snapshot.path for snapshot in unreadable] == [removed]
        assert connection.execute("select route from snapshot_requests").fetchall() == [("/open",)]


def test_snapshots_removed_one_after_the_other_while_they_are_read_hide_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, [traces.request("GET /open", ms=None)], Process.current())
    first, second = (write(tmp_path, [traces.request(ms=None, worker=n)], Process.current()) for n in (2, 3))
    found = snapshots.found(Layout(tmp_path).open)
    first.unlink()
    is_readable = segments.is_readable

    def looked_at_just_before_it_goes(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
        answer = is_readable(connection, path)
        if path == second:
            second.unlink(missing_ok=True)
        return answer

    monkeypatch.setattr(segments, "is_readable", looked_at_just_before_it_goes)
    with database.memory() as connection:
        unreadable = snapshots.load(connection, found)
        assert {snapshot.path for snapshot in unreadable} == {first, second}
        assert connection.execute("select route from snapshot_requests").fetchall() == [("/open",)]


def test_what_a_dead_process_was_writing_goes(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    drafts = [layout.open / f"requests-1-{DEAD}.parquet.{process}.tmp" for process in (DEAD, Process.current())]
    for draft in [*drafts, layout.open / "notes.tmp"]:
        draft.touch()
    merge_now(tmp_path)
    assert sorted(path.name for path in layout.open.iterdir()) == ["notes.tmp", drafts[1].name]


def test_files_of_others_are_no_snapshots(tmp_path: Path) -> None:
    (tmp_path / "requests-1.parquet").touch()
    (tmp_path / "requests-1-a.b.c.parquet").touch()
    (tmp_path / "notes.txt").touch()
    assert snapshots.found(tmp_path) == []
    assert snapshots.found(tmp_path / "none") == []


def test_a_snapshots_heartbeat_is_when_it_was_last_touched(tmp_path: Path) -> None:
    path = write(tmp_path, [traces.request(ms=None)], Process.current(), heartbeat_s=42)
    assert Snapshot.at(path) == Snapshot(path, Process.current(), traces.ns(42), alive=True)
    now_ns = time.time_ns()
    os.utime(path)
    snapshot = Snapshot.at(path)
    assert snapshot is not None
    assert abs(snapshot.heartbeat_ns - now_ns) < stores.LONG_S * 1e9
