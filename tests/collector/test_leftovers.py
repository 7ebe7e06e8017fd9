from dataclasses import replace
from pathlib import Path

import stores
import traces
from hotspan_collector.layout import Layout
from hotspan_collector.processes import Process
from hotspan_collector.segments import Segment

LOST = "select worker, service, reason, what, rows from losses"
SEGMENT = Segment(traces.EPOCH_NS, 5, "spans", 42)
DEAD = replace(Process.current(), started=Process.current().started + 1)


def draft_of(root: Path, process: Process) -> Path:
    layout = Layout(root)
    layout.make()
    path = layout.inbox / f"{SEGMENT.name}.{process}.tmp"
    path.write_bytes(b"half a segment")
    return path


def test_a_draft_of_a_dead_process_is_counted_and_goes(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, DEAD)
    assert stores.rows(tmp_path, LOST) == [(5, "(unknown)", "killed_while_sealing", "spans", 42)]
    assert not draft.exists()


def test_a_draft_of_a_living_process_stays(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, Process.current())
    assert stores.rows(tmp_path, LOST) == []
    assert draft.exists()


def test_a_draft_that_was_not_deleted_in_time_is_not_counted_again(tmp_path: Path) -> None:
    for _ in range(2):
        draft_of(tmp_path, DEAD)
        assert stores.rows(tmp_path, "select sum(rows) from losses") == [(42,)]


def test_a_bad_segment_that_was_not_marked_in_time_is_not_counted_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    layout.bad.mkdir()
    for _ in range(2):
        (layout.bad / SEGMENT.name).write_bytes(b"bad")
        assert stores.rows(tmp_path, "select reason, rows from losses") == [("unreadable_segment", 42)]
    assert [path.name for path in layout.bad.iterdir()] == [f"{SEGMENT.name}.counted"]


def test_a_loss_is_told_for_the_time_of_its_segment(tmp_path: Path) -> None:
    draft_of(tmp_path, DEAD)
    assert stores.rows(tmp_path, "select first_ns, last_ns from losses") == [(traces.EPOCH_NS, traces.EPOCH_NS)]
