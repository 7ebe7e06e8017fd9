import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

import stores
from hotspan_collector import database, schema
from hotspan_collector.errors import StoreBusyError, StoreError


@pytest.fixture
def memory() -> duckdb.DuckDBPyConnection:
    return database.memory(threads=1)


@pytest.fixture
def path(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> Path:
    database.create(memory, tmp_path / "hotspan.duckdb")
    return tmp_path / "hotspan.duckdb"


def test_a_new_database_has_every_table_and_nothing_lies_beside_it(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    rolled_up = {"rollups", "rollup_sums", "rollup_durations"}
    assert tables == {"requests", "spans", "segments", "losses", "meta"} | rolled_up
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_what_an_interrupted_creation_left_is_no_hindrance(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "hotspan.duckdb"
    (tmp_path / "hotspan.duckdb.new").write_bytes(b"half a database")
    (tmp_path / "hotspan.duckdb.new.wal").write_bytes(b"half a log")
    database.create(memory, path)
    with database.attached(memory, path, read_only=True):
        assert memory.execute("select count(*) from store.requests").fetchall() == [(0,)]
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_it_is_closed_after_the_block(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    with database.attached(memory, path, read_only=False):
        pass
    duckdb.connect(str(path)).close()


def test_it_is_closed_after_an_error_in_the_block(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ZeroDivisionError), database.attached(memory, path, read_only=False):
        raise ZeroDivisionError
    duckdb.connect(str(path)).close()


def test_a_transaction_is_all_or_nothing(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    with database.attached(memory, path, read_only=False):
        with pytest.raises(ZeroDivisionError), database.transaction(memory):
            memory.execute("insert into store.segments values ('a', 1, 1)")
            raise ZeroDivisionError
        with database.transaction(memory):
            memory.execute("insert into store.segments values ('b', 1, 1)")
    with database.attached(memory, path, read_only=True):
        assert memory.execute("select name from store.segments").fetchall() == [("b",)]


def test_open_in_this_process_is_busy(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    with (
        duckdb.connect(str(path)),
        pytest.raises(StoreBusyError, match="this process"),
        database.attached(memory, path, read_only=True),
    ):
        pass


def test_open_in_another_process_is_busy_and_says_which(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    script = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(600)"
    with stores.python(script, path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with (
            pytest.raises(StoreBusyError, match=rf"PID {process.pid}"),
            database.attached(memory, path, read_only=True),
        ):
            pass
        process.kill()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello" * 1000, "no DuckDB database"),
        (b"", "no DuckDB database"),
        (b"x", "no DuckDB database"),
    ],
)
def test_a_file_that_is_no_database_is_one_line(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection, content: bytes, message: str, read_only: bool
) -> None:
    path = tmp_path / "hotspan.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=message) as caught, database.attached(memory, path, read_only=read_only):
        pass
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_database_cut_short_is_one_line(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    os.truncate(path, 20_000)
    with pytest.raises(StoreError, match="cut short"), database.attached(memory, path, read_only=True):
        pass


def test_a_damaged_database_is_one_line(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    content = bytearray(path.read_bytes())
    content[12_288:20_000] = b"x" * (20_000 - 12_288)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), database.attached(memory, path, read_only=True):
        pass


def test_a_directory_in_its_place_is_one_line(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StoreError, match="a directory lies where"), database.attached(memory, tmp_path, read_only=True):
        pass


def test_a_missing_database_is_one_line(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    missing = tmp_path / "none.duckdb"
    with pytest.raises(StoreError, match="nothing has been merged"), database.attached(memory, missing, read_only=True):
        pass


def test_somebody_elses_database_is_refused(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "theirs.duckdb"
    duckdb.connect(str(path)).execute("create table users (name varchar)").close()
    with pytest.raises(StoreError, match="not one of hotspan's"), database.attached(memory, path, read_only=False):
        pass


def test_a_newer_schema_is_refused_and_left_alone(path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    newer = str(schema.VERSION + 1)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update meta set value = $newer where key = 'schema_version'", {"newer": newer})
    for read_only in (True, False):
        with (
            pytest.raises(StoreError, match=f"newer hotspan .schema {newer}, this one knows {schema.VERSION}"),
            database.attached(memory, path, read_only=read_only),
        ):
            pass
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("select value from meta").fetchall() == [(newer,)]


def test_no_code_is_fetched_over_the_network(memory: duckdb.DuckDBPyConnection) -> None:
    assert memory.execute("select current_setting('autoinstall_known_extensions')").fetchall() == [(False,)]


def test_duckdbs_memory_is_bounded() -> None:
    memory = database.memory(threads=1, memory_limit_bytes=64 * 1024**2)
    assert memory.execute("select current_setting('memory_limit')").fetchall() == [("64.0 MiB",)]
    assert memory.execute("select current_setting('threads')").fetchall() == [(1,)]


def test_no_progress_is_drawn_into_the_log_of_an_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB switches its bar on by itself in a process whose __main__ has no file: each worker of uvicorn."""
    plain = duckdb.connect

    def drawing(**more: Any) -> duckdb.DuckDBPyConnection:
        connection = plain(**more)
        connection.execute("set enable_progress_bar = true")
        return connection

    monkeypatch.setattr(duckdb, "connect", drawing)
    for connection in (database.memory(threads=1), database.reader()):
        assert connection.execute("select current_setting('enable_progress_bar')").fetchall() == [(False,)]


def test_a_notebook_without_ipywidgets_does_without_a_bar() -> None:
    refused = "Could not change the progress bar setting because: 'required package 'ipywidgets' is missing'"
    with database.without_bar():
        raise duckdb.InvalidInputException(refused)
    with pytest.raises(duckdb.InvalidInputException), database.without_bar():
        raise duckdb.InvalidInputException("anything else")


def test_importing_the_recorder_loads_no_duckdb() -> None:
    script = (
        "import hotspan_collector.recorder, sys; sys.exit('duckdb' in sys.modules or 'opentelemetry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
