"""Databases whose writer is killed in the middle of a write: torn by the kernel itself, and mended."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

import stores
from hotspan_collector import database, locks, merge, undo
from hotspan_collector.errors import StoreError
from hotspan_collector.layout import Layout
from hotspan_collector.store import Store

ROWS = 20_000
BLOCK_BYTES = 262_144
TEAR = Path(__file__).parents[1] / "tearing_process.py"
CONTENTS = "select count(*), sum(hash(requests)) from store.requests"
NOTES = "select coalesce(sum(hash(meta)), 0) from store.meta"


@pytest.fixture
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    with database.memory(threads=1) as connection:
        yield connection


@pytest.fixture
def root(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> Path:
    """A store of many requests in its database, and nothing else."""
    root = tmp_path / "store"
    Layout(root).make()
    assert merge.merge(Layout(root), memory)
    stores.fill(root, memory, ROWS)
    return root


def copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.undo")


def torn(root: Path, cuts: Sequence[int]) -> list[Path]:
    """Copies of a store, the writer of each killed when so many bytes of DuckDB's notes were written."""
    copies = []
    for cut in cuts:
        shutil.copytree(root, copy := root.with_name(f"torn-{cut}"))
        copies.append(copy)
    limits = [str(undo.HEADERS_BYTES + cut) for cut in cuts]
    paths = [str(Layout(copy).database) for copy in copies]
    arguments = [argument for pair in zip(limits, paths, strict=True) for argument in pair]
    ended = subprocess.run([sys.executable, TEAR, *arguments], capture_output=True, text=True, check=True, timeout=300)
    assert ended.stdout.split() == [str(-signal.SIGXFSZ)] * len(cuts), ended
    return copies


def contents(path: Path, memory: duckdb.DuckDBPyConnection, sql: str = CONTENTS) -> list[tuple[object, ...]]:
    with database.attached(memory, path, read_only=True):
        return memory.execute(sql).fetchall()


def refused(root: Path, memory: duckdb.DuckDBPyConnection) -> bool:
    try:
        contents(Layout(root).database, memory)
    except StoreError as error:
        assert "damaged" in str(error) or "was killed" in str(error), error
        return True
    return False


def check_mended(copy: Path) -> None:
    assert stores.rows(copy, "select count(*), min(seq) from requests") == [(ROWS - 10, 10)]
    stores.record_one(copy)
    assert stores.rows(copy, "select count(*) from requests") == [(ROWS - 9,)]
    assert not [each for each in copy.iterdir() if each.name.startswith("hotspan.duckdb.")]


def test_a_write_cut_by_the_kernel_tears_the_database_and_the_copy_mends_it(
    root: Path, memory: duckdb.DuckDBPyConnection
) -> None:
    (copy,) = torn(root, [4096])
    with pytest.raises(StoreError, match=r"duckdb: whoever wrote to it was killed; name its directory instead"):
        contents(Layout(copy).database, memory)
    check_mended(copy)


@pytest.mark.slow
def test_wherever_a_write_is_cut_the_database_is_mended(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    copies = torn(root, range(0, BLOCK_BYTES, 4096))
    assert sum(refused(copy, memory) for copy in copies) > 5
    for copy in copies:
        check_mended(copy)


def test_a_checkpoint_that_fails_for_lack_of_room_costs_nothing(root: Path) -> None:
    """The process lives on: the write fails, half done, and the next one to open the database finds log and copy."""
    code = """
import resource, sys
from pathlib import Path
from hotspan_collector import database
memory = database.memory(threads=1)
with database.attached(memory, Path(sys.argv[1]), read_only=False):
    memory.execute("delete from store.requests where seq < 10")
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
"""
    path = Layout(root).database
    subprocess.run(
        [sys.executable, "-c", code, path, str(undo.HEADERS_BYTES + 4096)],
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert copy_of(path).exists()
    check_mended(root)


def sessions(path: Path, memory: duckdb.DuckDBPyConnection, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The file before, the copy, and the file after: rows come, change and go at random, a few or many."""
    chance = random.Random(1)  # whatever DuckDB makes of it, each is checked by itself
    for place in range(count):
        before = path.read_bytes()
        with database.attached(memory, path, read_only=False):
            copied = copy_of(path).read_bytes()
            if chance.random() < 0.6:
                first, rows = (place + 1) * 10**7, chance.choice([1, 1000, 30_000])
                memory.execute(
                    "insert into store.requests by name select * exclude (duration_ns) replace (seq + $first as seq) "
                    "from store.requests limit $rows",
                    {"first": first, "rows": rows},
                )
            if chance.random() < 0.5:
                share = chance.choice([0.001, 0.3, 0.9])
                memory.execute("delete from store.requests where hash(seq, $place) % 1000 < 1000 * $share::double",
                               {"place": place, "share": share})  # fmt: skip  # one statement, one line
            if chance.random() < 0.3:
                memory.execute("create or replace table store.stretches as select range from range($rows)",
                               {"rows": chance.choice([1, 500_000])})  # fmt: skip  # as above
            memory.execute("insert or replace into store.meta values ('place', $place)", {"place": str(place)})
        yield before, copied, path.read_bytes()


def half_written(before: bytes, after: bytes) -> bytes:
    """The old headers, and of each block that the checkpoint wrote the first half; the file is cut only at the end."""
    written = bytearray(before[: undo.HEADERS_BYTES] + after[undo.HEADERS_BYTES :] + before[len(after) :])
    for place in range(undo.HEADERS_BYTES, len(before), BLOCK_BYTES):
        middle, end = place + BLOCK_BYTES // 64, min(place + BLOCK_BYTES, len(before))
        written[middle:end] = before[middle:end]
    return bytes(written)


def test_a_checkpoint_that_was_half_written_everywhere_is_mended_to_what_there_was(
    root: Path, memory: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    torn_before_mending = 0
    path = tmp_path / "hotspan.duckdb"
    for before, copied, after in sessions(Layout(root).database, memory, 25):
        path.write_bytes(before)
        expected = contents(path, memory), contents(path, memory, NOTES)
        path.write_bytes(half_written(before, after))
        torn_before_mending += refused(tmp_path, memory)
        copy_of(path).write_bytes(copied)
        undo.mend(path)
        assert (contents(path, memory), contents(path, memory, NOTES)) == expected
    assert torn_before_mending > 20


def test_after_a_whole_checkpoint_a_copy_only_goes(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    path = Layout(root).database
    ((_, copied, after),) = sessions(path, memory, 1)
    copy_of(path).write_bytes(copied)
    assert undo.is_left(path)
    undo.mend(path)
    assert path.read_bytes() == after
    assert not undo.is_left(path)


def test_mending_that_is_interrupted_is_done_again(
    root: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy,) = torn(root, [4096])
    with monkeypatch.context() as patched, pytest.raises(OSError, match="no more"):
        patched.setattr(os, "fsync", _fails)
        undo.mend(Layout(copy).database)
    assert undo.is_left(Layout(copy).database)
    check_mended(copy)
    assert not refused(copy, memory)


def _fails(_descriptor: int) -> None:
    raise OSError("no more")


def test_a_copy_that_was_not_finished_does_not_count(root: Path) -> None:
    path = Layout(root).database
    copy_of(path).with_name(f"{path.name}.undo.new").write_bytes(b"half a copy")
    assert not undo.is_left(path)
    with Store(root).writing() as connection:
        assert copy_of(path).exists()
        connection.execute("delete from requests where seq < 10")
    check_mended(root)


def test_a_copy_without_its_database_is_of_no_use(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    path = Layout(root).database
    copy_of(path).write_bytes(b"of another one")
    path.unlink()
    assert merge.merge(Layout(root), memory)
    assert contents(path, memory) == [(0, None)]
    assert not copy_of(path).exists()


def test_who_may_not_mend_reads_what_is_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy may be of somebody who writes just now: a reader that may not write sees no lock."""
    path = Layout(root).database
    copy_of(path).write_bytes(path.read_bytes()[: undo.HEADERS_BYTES])
    monkeypatch.setattr(merge, "merge", lambda *_, **__: True)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert stores.rows(root, "select count(*) from requests") == [(ROWS,)]
    assert copy_of(path).exists()


def test_a_reader_mends_what_was_left_after_its_merge(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy,) = torn(root, [4096])
    monkeypatch.setattr(merge, "merge", lambda *_, **__: True)
    assert stores.rows(copy, "select count(*) from requests") == [(ROWS - 10,)]
    assert not copy_of(Layout(copy).database).exists()


def test_a_copy_is_for_those_alone_who_may_read_the_database(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    path = Layout(root).database
    path.chmod(0o600)
    with database.attached(memory, path, read_only=False):
        assert copy_of(path).stat().st_mode & 0o777 == 0o600


def test_where_locks_keep_nobody_away_nothing_is_copied(
    root: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "ARE_EXCLUSIVE", False)
    path = Layout(root).database
    with database.attached(memory, path, read_only=False):
        assert not copy_of(path).exists()


def test_what_cannot_be_copied_is_not_opened(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    path = Layout(root).database
    path.with_name(f"{path.name}.undo.new").mkdir()
    with pytest.raises(StoreError, match=r"store: a directory lies where a file should be"):
        database.attached(memory, path, read_only=False).__enter__()
    assert contents(path, memory)[0][0] == ROWS
