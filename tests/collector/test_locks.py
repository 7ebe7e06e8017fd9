import threading
from pathlib import Path

import pytest

import stores
from hotspan_collector import locks


def test_one_alone_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.trying(path, shared=False) as first, locks.trying(path, shared=False) as second:
        assert (first, second) == (True, False)
    with locks.trying(path, shared=False) as again:
        assert again


def test_readers_share_it_and_keep_mergers_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.trying(path, shared=True) as first, locks.trying(path, shared=True) as second:
        assert first
        assert second
        with locks.trying(path, shared=False) as alone:
            assert not alone


def test_it_holds_between_threads(tmp_path: Path) -> None:
    found: list[bool] = []

    def look() -> None:
        with locks.trying(tmp_path / "lock", shared=False) as alone:
            found.append(alone)

    with locks.trying(tmp_path / "lock", shared=True):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [False]


def test_it_holds_between_processes_and_ends_with_them(tmp_path: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from hotspan_collector import locks
with locks.trying(Path(sys.argv[1]), shared=False) as alone:
    print(alone, flush=True)
    time.sleep(600)
"""
    path = tmp_path / "lock"
    with stores.python(script, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        with locks.trying(path, shared=True) as shared:
            assert not shared
        process.kill()
        process.wait()
        with locks.trying(path, shared=False) as alone:
            assert alone


def test_a_forked_child_does_not_keep_its_parents_lock(tmp_path: Path) -> None:
    script = """
import os, sys, time
from pathlib import Path
from hotspan_collector import locks
path = Path(sys.argv[1])
heard, tell = os.pipe()
with locks.trying(path, shared=False):
    child = os.fork()
    if child == 0:
        os.write(tell, b"here")
        time.sleep(600)
    os.read(heard, 4)
with locks.trying(path, shared=False) as again:
    print(again)
os.kill(child, 9)
os.waitpid(child, 0)
"""
    assert stores.said(stores.python(script, tmp_path / "lock")) == "True\n"


def test_where_nobody_may_write_readers_need_no_lock_and_mergers_are_told_why(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.mkdir()  # opening a directory for writing fails for root too
    with locks.trying(path, shared=True) as shared:
        assert shared
    with pytest.raises(IsADirectoryError), locks.trying(path, shared=False):
        pass


def test_where_nothing_is_there_is_no_lock(tmp_path: Path) -> None:
    for shared in (True, False):
        with pytest.raises(FileNotFoundError), locks.trying(tmp_path / "none" / "lock", shared=shared):
            pass


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    for shared in (True, False):
        with locks.trying(tmp_path / "lock", shared=shared):
            pass
    assert locks._held == set()
