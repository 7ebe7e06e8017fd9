import threading
import time
from pathlib import Path

import duckdb
import pytest

import stores
import traces
from hotspan_collector import schema
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.layout import Layout
from hotspan_collector.retention import Retention
from hotspan_collector.store import Store

COUNT = "select count(*) from requests"


def test_what_waits_is_merged_before_it_is_read(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()], [traces.span()])
    with Store(tmp_path).reading() as connection:
        for relation, rows in (("requests", 1), ("spans", 1), ("segments", 2), ("losses", 0), ("meta", 1)):
            assert len(connection.table(relation)) == rows, relation
    assert stores.waiting(tmp_path) == []


def test_a_directory_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mail" / "inbox").mkdir(parents=True)
    for path in (tmp_path, tmp_path / "none", tmp_path / "mail"):
        with pytest.raises(StoreError, match="there is no store at"), Store(path).reading():
            pass
        with pytest.raises(StoreError, match="there is no store at"):
            Store(path).prune(Retention(1, 1))
    assert list(tmp_path.rglob("*")) == [tmp_path / "mail", tmp_path / "mail" / "inbox"]


def test_a_store_that_has_recorded_nothing_yet_is_empty(tmp_path: Path) -> None:
    Layout(tmp_path).make()
    assert stores.rows(tmp_path, COUNT) == [(0,)]


def test_the_file_is_free_after_reading(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    stores.rows(tmp_path, COUNT)
    duckdb.connect(str(Layout(tmp_path).database)).close()


def test_a_reader_does_not_merge_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hotspan_collector.merge.BATCH_FILES", 1)
    monkeypatch.setattr("hotspan_collector.store.MERGE_BUDGET_S", 0.0)
    monkeypatch.setattr("hotspan_collector.store._MERGE_WAIT_S", 0.0)
    for _ in range(3):
        stores.seal(tmp_path, [traces.request()])
    stores.rows(tmp_path, COUNT)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "hotspan has not merged 2 segments, so the newest rows are missing"
    ]


@pytest.mark.parametrize(("stale_s", "told"), [(0.0, 1), (3600.0, 0)])
def test_a_reader_who_could_not_merge_says_what_it_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stale_s: float, told: int
) -> None:
    """While somebody else reads, nobody merges; rows of the last seconds are always on their way."""
    monkeypatch.setattr("hotspan_collector.store._MERGE_WAIT_S", 0.0)
    monkeypatch.setattr("hotspan_collector.store.STALE_S", stale_s)
    stores.seal(tmp_path, [traces.request()])
    with Store(tmp_path).reading():
        stores.seal(tmp_path, [traces.request()])
        assert stores.rows(tmp_path, COUNT) == [(1,)]
    words = "hotspan has not merged 1 segments, so the newest rows are missing: others keep the store in use; ask again for the rest"
    assert [record.getMessage() for record in caplog.records] == [words] * told
    assert stores.rows(tmp_path, COUNT) == [(2,)]


def test_two_can_read_at_the_same_time(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    with Store(tmp_path).reading() as first, Store(tmp_path).reading() as second:
        assert first.execute(COUNT).fetchall() == second.execute(COUNT).fetchall() == [(1,)]


def test_one_reader_that_ends_takes_no_lock_from_another(tmp_path: Path) -> None:
    """DuckDB's lock on the file goes with the first handle that this process closes; ours must hold."""
    stores.seal(tmp_path, [traces.request()])
    with Store(tmp_path).reading() as first:
        stores.rows(tmp_path, COUNT)
        stores.seal(tmp_path, [traces.request()])
        script = "import sys, stores; from pathlib import Path; print(stores.rows(Path(sys.argv[1]), sys.argv[2]))"
        assert stores.said(stores.python(script, tmp_path, COUNT)) == "[(1,)]\n"
        assert first.execute(COUNT).fetchall() == [(1,)]
    assert stores.rows(tmp_path, COUNT) == [(2,)]


def test_a_reader_waits_for_another_programs_lock(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    stores.rows(tmp_path, COUNT)
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"
    with stores.python(script, Layout(tmp_path).database, stdin=-1) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        with pytest.raises(StoreBusyError, match=f"PID {process.pid}"), Store(tmp_path).reading(wait_s=0.1):
            pass
        found: list[object] = []
        reader = threading.Thread(target=lambda: found.extend(stores.rows(tmp_path, COUNT)))
        reader.start()
        process.stdin.write("end\n")
        process.stdin.flush()
        reader.join(stores.LONG_S)
    assert found == [(1,)]


def test_a_merge_under_way_is_waited_for(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    merging = Layout(tmp_path).lock(shared=False)
    with merging, pytest.raises(StoreBusyError, match="in use"), Store(tmp_path).reading(wait_s=0.1):
        pass
    assert stores.rows(tmp_path, COUNT) == [(1,)]


def test_readers_in_a_loop_do_not_keep_segments_waiting(tmp_path: Path) -> None:
    """Two readers that overlap all the time would share the lock for ever; each tries to be alone while some wait."""
    stores.seal(tmp_path, [traces.request()])
    stop = threading.Event()

    def read_on_and_on() -> None:
        while not stop.is_set():
            with Store(tmp_path).reading() as connection:
                connection.execute(COUNT).fetchall()
                time.sleep(0.05)

    readers = [threading.Thread(target=read_on_and_on) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(5):
            stores.seal(tmp_path, [traces.request()])
            stores.eventually(lambda: not stores.waiting(tmp_path), "a reader merged")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert stores.rows(tmp_path, COUNT) == [(6,)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into store.requests select * from store.requests",
        "delete from store.requests",
        "drop table store.requests",
        "copy (select 1) to '{tmp}/out.csv'",
        "copy requests to '{tmp}/out.parquet'",
        "export database '{tmp}/out'",
        "attach '{tmp}/other.duckdb'",
        "attach '{tmp}/hotspan.duckdb' as again",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('{tmp}/secret')",
        "select * from read_blob('{tmp}/secret')",
        "select * from glob('/*')",
        "select * from read_parquet('{tmp}/inbox/*')",
        "from 'https://example.com/a.parquet'",
        "install httpfs",
        "load httpfs",
        "create secret s (type s3)",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "set python_enable_replacements = true",
        "select * from a_variable_of_python",
    ],
)
def test_a_users_own_sql_can_neither_write_nor_reach_out(tmp_path: Path, statement: str) -> None:
    stores.seal(tmp_path, [traces.request()])
    (tmp_path / "secret").write_bytes(b"s" * 32)
    a_variable_of_python = duckdb.sql("select 1")  # noqa: F841  # what the SQL tries to get at
    with Store(tmp_path).reading(locked_down=True) as connection:
        with pytest.raises(duckdb.Error):
            connection.execute(statement.format(tmp=tmp_path))
        assert connection.execute(COUNT).fetchall() == [(1,)]
    assert stores.rows(tmp_path, COUNT) == [(1,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hotspan.duckdb", "inbox", "lock", "open", "secret"]


def test_a_users_own_sql_sees_everything_there_is_to_see(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request("GET /a", ms=2)], [traces.span()])
    with Store(tmp_path).reading(locked_down=True) as connection:
        joined = "select route, name, requests.duration_ns from requests join spans on requests.worker = spans.worker"
        assert connection.execute(joined).fetchall() == [("/a", "work", 2_000_000)]
        assert connection.execute("with r as (from requests) select count(*) over () from r").fetchall() == [(1,)]


def test_rows_of_other_origin_can_be_added(tmp_path: Path) -> None:
    with Store(tmp_path / "new").writing() as connection:
        connection.execute("insert into segments values ('access.log', 7, 1)")
    assert stores.rows(tmp_path / "new", "select name, rows from segments") == [("access.log", 7)]


def test_a_cursor_adds_to_the_same_tables(tmp_path: Path) -> None:
    with Store(tmp_path).writing() as connection, connection.cursor() as cursor:
        cursor.begin()
        cursor.execute("insert into segments values ('access.log', 7, 1)")
        cursor.rollback()
        cursor.execute("insert into segments values ('other.log', 8, 1)")
    assert stores.rows(tmp_path, "select name, rows from segments") == [("other.log", 8)]


def test_a_newer_database_is_not_written_to(tmp_path: Path) -> None:
    with Store(tmp_path).writing() as connection:
        connection.execute("update meta set value = '99' where key = 'schema_version'")
    with pytest.raises(StoreError, match="newer hotspan"), Store(tmp_path).writing():
        pass


def test_nobody_else_writes_while_rows_are_added(tmp_path: Path) -> None:
    with Store(tmp_path).writing(), pytest.raises(StoreBusyError), Store(tmp_path).writing(wait_s=0.05):
        pass


def test_a_store_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught, Store(tmp_path / "file" / "store").writing():
        pass
    assert "\n" not in str(caught.value)


def test_pruning_merges_first(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request(at=-(10**8)), traces.request(at=10**9)])
    pruned = Store(tmp_path).prune(Retention((time.time_ns() - traces.EPOCH_NS) / 86_400e9 + 1, None))
    assert pruned.requests == 1
    assert stores.rows(tmp_path, COUNT) == [(1,)]


def test_a_database_of_a_newer_hotspan_is_one_clear_line(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    stores.rows(tmp_path, COUNT)
    with duckdb.connect(str(Layout(tmp_path).database)) as connection:
        connection.execute("update meta set value = '99' where key = 'schema_version'")
    stores.seal(tmp_path, [traces.request()])
    with pytest.raises(
        StoreError, match=rf"written by a newer hotspan \(schema 99, this one knows {schema.VERSION}\): upgrade"
    ):
        stores.rows(tmp_path, COUNT)
