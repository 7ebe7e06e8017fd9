"""Faults of the machine, real ones: a full disk, a limit on files, a directory nobody may write to, a stopped process."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import stores
import traces
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.layout import Layout
from hotspan_collector.recorder import Recorder
from hotspan_collector.segments import Segment
from hotspan_collector.settings import Settings
from hotspan_collector.store import Store

COUNT = "select count(*) from requests"

FULL = """
import json, os, resource, sys
from pathlib import Path
import stores
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings

def fill():
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass

root, mode = Path(sys.argv[1]), sys.argv[2]
ballast = root.parent / "ballast"
recorder = Recorder(Settings(store=root, flush_interval_s=3600, max_buffered_requests=3000))
def record(times):
    for _ in range(times):
        stores.record(recorder)
record(500)
recorder.flush(merge=True)
if mode == "disk":
    fill()
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
for _ in range(10):
    record(500)
    recorder.flush(merge=True)
waiting = len(recorder._requests)
if mode == "disk":
    ballast.unlink()
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
recorder.close()
stored = stores.rows(root, "select count(*), count(distinct seq) from requests")
lost = stores.rows(root, "select reason, sum(rows)::bigint from losses group by all")
left = [path.name for path in root.rglob("*.tmp")]
print(json.dumps({"waiting": waiting, "stored": stored, "lost": lost, "left": left}))
"""


def in_own_mounts(mount: str) -> list[str]:
    """What to put before a command so that it runs where something is mounted that nobody else sees."""
    namespaces = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    command = [*namespaces, "sh", "-c", f'{mount} && exec "$@"', "sh"]
    subprocess.run([*command, "true"], check=True, capture_output=True)
    return command


def full(tmp_path: Path, mode: str) -> "stores.Ended":
    disk = tmp_path / "disk"
    disk.mkdir()
    prefix = in_own_mounts(f'mount -t tmpfs -o size=8m tmpfs "{disk}"') if mode == "disk" else []
    return stores.run(FULL, disk / "store", mode, prefix=prefix)


@pytest.mark.parametrize(("mode", "words"), [("disk", "the disk is full"), ("limit", "a limit on the size of files")])
def test_a_full_disk_costs_only_what_did_not_fit_into_memory(tmp_path: Path, mode: str, words: str) -> None:
    ended = full(tmp_path, mode)
    told = json.loads(ended.out)
    assert told["waiting"] == 3000
    assert told["stored"] == [[3500, 3500]]
    assert told["lost"] == [["buffer_full", 2000]]
    assert told["left"] == []
    trouble, over = ended.err.splitlines()
    assert words in trouble
    assert over.startswith("hotspan can write again to ")


READ_ONLY = """
import sys
from pathlib import Path
import stores
from hotspan_collector.errors import HotspanError
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
from hotspan_collector.store import Store

root = Path(sys.argv[1])
recorder = Recorder(Settings(store=root, flush_interval_s=3600))
for _ in range(3):
    stores.record(recorder)
    recorder.flush(merge=True)
print(stores.rows(root, "select count(*) from requests"), len(recorder._requests))
try:
    with Store(root).writing():
        pass
except HotspanError as error:
    print(error)
recorder.close()
"""


def test_a_read_only_store_can_be_read_and_costs_the_app_one_message(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    stores.rows(tmp_path, COUNT)
    prefix = in_own_mounts(f'mount --bind "{tmp_path}" "{tmp_path}" && mount -o remount,bind,ro "{tmp_path}"')
    ended = stores.run(READ_ONLY, tmp_path, prefix=prefix)
    counted, refused = ended.out.splitlines()
    assert counted == "[(1,)] 3"
    assert refused.endswith("read-only; name another store")
    assert ended.err.splitlines() == [
        f"hotspan cannot write, rows wait: {tmp_path}: the file system is read-only; name another store"
    ]


def test_segments_that_wait_in_a_read_only_store_are_told_of(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    stores.rows(tmp_path, COUNT)
    stores.seal(tmp_path, [traces.request()])
    prefix = in_own_mounts(f'mount --bind "{tmp_path}" "{tmp_path}" && mount -o remount,bind,ro "{tmp_path}"')
    script = "import sys, stores; from pathlib import Path; print(stores.rows(Path(sys.argv[1]), sys.argv[2]))"
    ended = stores.run(script, tmp_path, COUNT, prefix=prefix)
    assert ended.out == "[(1,)]\n"
    assert "the newest rows are missing" in ended.err


HOLD = """
import sys, time
from pathlib import Path
from hotspan_collector.layout import Layout
from hotspan_collector import database
layout = Layout(Path(sys.argv[1]))
with layout.lock(shared=False), database.attached(database.memory(), layout.database, read_only=False):
    print("holding", flush=True)
    time.sleep(600)
"""


def test_a_stopped_holder_of_the_lock_holds_up_nobody_who_records(tmp_path: Path) -> None:
    recorder = Recorder(Settings(store=tmp_path, flush_interval_s=3600))
    stores.record(recorder)
    recorder.flush(merge=True)
    with stores.python(HOLD, tmp_path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        for _ in range(5):
            stores.record(recorder)
            recorder.flush(merge=True)
        assert time.monotonic() - began_s < stores.LONG_S / 4
        with pytest.raises(StoreBusyError), Store(tmp_path).reading(wait_s=0.1):
            pass
        holder.kill()
    recorder.close()
    assert stores.rows(tmp_path, COUNT) == [(6,)]


def test_requests_of_a_stopped_process_stay_open(tmp_path: Path) -> None:
    script = """
import sys, time
from pathlib import Path
import stores
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
recorder = Recorder(Settings(store=Path(sys.argv[1])))
stores.record(recorder, finished=False)
recorder.flush()
print("recorded", flush=True)
time.sleep(600)
"""
    with stores.python(script, tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        assert stores.rows(tmp_path, "select end_ns, unfinished from requests") == [(None, False)]
        process.kill()
        process.wait()
    assert stores.rows(tmp_path, "select end_ns >= start_ns, unfinished from requests") == [(True, True)]


def test_a_copy_of_a_store_can_be_read_elsewhere(tmp_path: Path) -> None:
    stores.seal(tmp_path / "store", [traces.request()])
    shutil.copytree(tmp_path / "store", tmp_path / "it's [a] copy*")
    assert stores.rows(tmp_path / "it's [a] copy*", COUNT) == [(1,)]
    assert stores.waiting(tmp_path / "it's [a] copy*") == []
    assert len(stores.waiting(tmp_path / "store")) == 1


def test_a_path_that_duckdb_cannot_write_to_is_one_line(tmp_path: Path) -> None:
    stores.seal(tmp_path / "why?", [traces.request()])
    with pytest.raises(StoreError, match="question mark"):
        stores.rows(tmp_path / "why?", COUNT)


def test_a_worker_uses_little_memory_for_a_large_inbox(tmp_path: Path) -> None:
    """A thousand segments, merged under a limit on the whole process that one batch fits into."""
    (segment,) = stores.seal(tmp_path, [traces.request() for _ in range(200)])
    inbox = Layout(tmp_path).inbox
    for place in range(1, 1000):
        (inbox / Segment(segment.sealed_ns + place, 1, "requests", 200).name).hardlink_to(inbox / segment.name)
    script = """
import resource, sys
from pathlib import Path
from hotspan_collector import database, merge
from hotspan_collector.layout import Layout
with database.memory(threads=1, memory_limit_bytes=64 * 1024**2) as connection:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert merge.merge(Layout(Path(sys.argv[1])), connection)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    grown_mb = int(stores.said(stores.python(script, tmp_path)))
    assert stores.rows(tmp_path, COUNT) == [(200_000,)]
    assert grown_mb < 200
