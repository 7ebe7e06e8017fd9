import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import stores
from hotspan_collector import recorder as recorder_module
from hotspan_collector.layout import Layout
from hotspan_collector.recorder import Recorder, recorder_for
from hotspan_collector.settings import Settings

NEVER_S = 3600.0
COUNT = "select count(*) from requests"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def recorder(root: Path) -> Iterator[Recorder]:
    """One whose thread does nothing by itself within a test."""
    made = Recorder(Settings(store=root, flush_interval_s=NEVER_S))
    yield made
    made.close()


@pytest.fixture
def lively(root: Path) -> Iterator[Recorder]:
    """One that flushes and merges as soon as it can."""
    made = Recorder(Settings(store=root, flush_interval_s=0.01, merge_interval_s=0.01))
    yield made
    made.close()


def test_making_one_costs_nothing(root: Path) -> None:
    before = threading.active_count()
    recorder = Recorder(Settings(store=root))
    recorder.close()
    assert not root.exists()
    assert threading.active_count() == before


def test_nothing_is_made_before_the_first_flush(root: Path, recorder: Recorder) -> None:
    stores.record(recorder)
    assert not root.exists()
    recorder.flush()
    assert [segment.rows for segment in stores.waiting(root)] == [1]


def test_a_request_is_in_the_store_once_it_is_flushed(root: Path, recorder: Recorder) -> None:
    request = stores.record(recorder, "/a")
    recorder.flush()
    assert stores.rows(root, "select worker, seq, method, status, start_ns, end_ns from requests") == [
        (recorder.worker, request.seq, "GET", 200, request.start_ns, request.end_ns)
    ]


def test_a_request_in_flight_is_seen_and_then_seen_ended(root: Path, recorder: Recorder) -> None:
    request = stores.record(recorder, finished=False)
    recorder.flush()
    assert stores.rows(root, "select seq, end_ns from requests") == [(request.seq, None)]
    stores.finish(recorder, request)
    recorder.flush()
    assert stores.rows(root, "select seq, end_ns from requests") == [(request.seq, request.end_ns)]


def test_it_flushes_by_itself(root: Path, lively: Recorder) -> None:
    stores.record(lively)
    stores.eventually(lambda: Layout(root).database.exists() and not stores.waiting(root), "sealed and merged")
    assert stores.rows(root, COUNT) == [(1,)]


def test_it_goes_on_after_a_pause(root: Path, lively: Recorder) -> None:
    for place in range(3):
        stores.record(lively)
        stores.eventually(lambda: lively._idle, "asleep")
        assert stores.rows(root, COUNT) == [(place + 1,)]


def test_its_thread_sleeps_while_there_is_nothing_to_do(root: Path, lively: Recorder) -> None:
    stores.record(lively)
    stores.eventually(lambda: lively._idle, "asleep")
    thread = lively._thread
    files = sorted(root.rglob("*"))
    flushes: list[bool | None] = []
    lively.flush = flushes.append  # type: ignore[method-assign,assignment]  # counts what wakes it
    time.sleep(0.2)  # twenty intervals
    assert flushes == []
    assert lively._thread is thread
    assert sorted(root.rglob("*")) == files
    del lively.flush


def test_many_rows_do_not_wait_for_the_interval(
    root: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "SEAL_ROWS", 50)
    for _ in range(51):
        stores.record(recorder)
    stores.eventually(lambda: bool(root.exists() and stores.waiting(root)), "sealed before its time")


def test_what_does_not_fit_is_counted(root: Path) -> None:
    recorder = Recorder(Settings(store=root, flush_interval_s=NEVER_S, max_buffered_requests=10))
    for _ in range(25):
        stores.record(recorder)
    recorder.close()
    assert stores.rows(root, COUNT) == [(10,)]
    assert stores.rows(root, "select worker, service, reason, what, rows, first_ns <= last_ns from losses") == [
        (recorder.worker, "app", "buffer_full", "requests", 15, True)
    ]


def test_spans_that_do_not_fit_are_counted(root: Path) -> None:
    recorder = Recorder(Settings(store=root, flush_interval_s=NEVER_S, max_buffered_spans=10))
    recorder._idle = False  # nobody is roused, so nobody takes them
    recorder.add_spans([object()] * 7)  # type: ignore[list-item]  # nobody looks at them here
    recorder.add_spans([object()] * 7)  # type: ignore[list-item]  # the same
    recorder.add_spans([object()] * 7)  # type: ignore[list-item]  # the same
    assert len(recorder.take_spans()) == 10
    assert [(loss.what, loss.rows) for loss in recorder.losses.take()] == [("spans", 11)]


def test_rows_given_back_come_first_and_the_bound_holds(root: Path) -> None:
    recorder = Recorder(Settings(store=root, flush_interval_s=NEVER_S, max_buffered_requests=5))
    early = [stores.record(recorder) for _ in range(3)]
    taken = recorder.take_requests()
    late = [stores.record(recorder) for _ in range(3)]
    recorder.give_back_requests(taken)
    assert recorder.take_requests() == [*early[:2], *late]
    assert [loss.rows for loss in recorder.losses.take()] == [1]


def test_closing_writes_everything_and_new_traffic_starts_it_again(root: Path, recorder: Recorder) -> None:
    stores.record(recorder)
    recorder.close()
    assert recorder._thread is None
    assert stores.waiting(root) == []
    stores.record(recorder)
    recorder.close()
    recorder.close()
    assert stores.rows(root, COUNT) == [(2,)]


def test_no_request_is_lost_between_threads(root: Path, lively: Recorder) -> None:
    def serve() -> None:
        for _ in range(300):
            stores.record(lively)

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lively.close()
    assert stores.rows(root, "select count(*), count(distinct seq) from requests") == [(1200, 1200)]


def test_there_is_one_recorder_for_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = recorder_for(Settings(store=Path("here")))
    assert here is recorder_for(Settings(store=tmp_path / "here"))
    assert here is recorder_for(Settings(store=tmp_path / "other" / ".." / "here", service="late"))
    assert here is not recorder_for(Settings(store=tmp_path / "there"))


def test_numbers_of_processes_fit_a_bigint() -> None:
    workers = {Recorder(Settings()).worker for _ in range(100)}
    assert len(workers) == 100
    assert all(0 <= worker < 2**63 for worker in workers)


FORK = """
import os, sys, threading
from pathlib import Path
import stores
from hotspan_collector.recorder import recorder_for
from hotspan_collector.settings import Settings

recorder = recorder_for(Settings(store=Path(sys.argv[1]), flush_interval_s=0.01, merge_interval_s=0.01))
for _ in range(20):
    stores.record(recorder)
recorder.flush()
held = stores.record(recorder, finished=False)
stores.record(recorder)
child = os.fork()
if child == 0:
    assert not recorder.open and threading.active_count() == 1
    stores.record(recorder, "/child")
    recorder.close()
    os._exit(0)
stores.record(recorder)
assert os.waitpid(child, 0)[1] == 0
stores.finish(recorder, held)
recorder.close()
print(recorder.worker)
"""


def test_a_forked_child_records_for_itself(root: Path) -> None:
    worker = int(stores.said(stores.python(FORK, root)))
    counted = "select worker = $worker, count(*), count(distinct seq) from requests where not unfinished group by 1 order by 1"
    assert stores.rows(root, counted, worker=worker) == [(False, 1, 1), (True, 23, 23)]
    assert stores.rows(root, "select count(*) from requests where unfinished") == [(0,)]


SPAWN = """
import multiprocessing, sys
from pathlib import Path
import stores
from hotspan_collector.recorder import recorder_for
from hotspan_collector.settings import Settings

def work(store):
    recorder = recorder_for(Settings(store=store, flush_interval_s=3600))
    for _ in range(10):
        stores.record(recorder)

if __name__ == "__main__":
    store = Path(sys.argv[1])
    work(store)
    context = multiprocessing.get_context(sys.argv[2])
    children = [context.Process(target=work, args=(store,)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_lose_nothing(root: Path, tmp_path: Path, method: str) -> None:
    (tmp_path / "program.py").write_text(SPAWN)
    runner = "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    stores.said(stores.python(runner, tmp_path / "program.py", root, method))
    assert stores.rows(root, "select count(*), count(distinct worker) from requests") == [(30, 3)]
