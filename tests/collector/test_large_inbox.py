"""A hundred thousand segments that nobody has merged for days: little memory, an answer meanwhile, and all rows in the end."""

import re
from pathlib import Path

import pytest

import command_line
import stores
import traces
from hotspan_collector.layout import Layout
from hotspan_collector.segments import Segment

SEGMENTS = 100_000
LINKS = 25_000
"""As many names as one file may have on every file system."""

MEMORY_MB = 600
"""For whoever merges: Python, DuckDB, a hundred thousand names, and one batch."""

TOLD = "hotspan has not merged N segments, so the newest rows are missing: it takes longer than N s; ask again for the rest"


def full_inbox(root: Path) -> None:
    """One request a segment, told apart by the segment's worker and time only."""
    for worker in range(1, SEGMENTS // LINKS + 1):
        (segment,) = stores.seal(root, [traces.request()], worker=worker)
        inbox = Layout(root).inbox
        for place in range(1, LINKS):
            (inbox / Segment(segment.sealed_ns + place, worker, "requests", 1).name).hardlink_to(inbox / segment.name)


TOP = """
import resource, sys
from hotspan_cli.main import main
sys.argv = ["hotspan", "top", sys.argv[1], "--format", "json"]
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
"""


@pytest.mark.slow
def test_a_hundred_thousand_segments_are_merged_bit_by_bit_and_every_time_there_is_an_answer(tmp_path: Path) -> None:
    full_inbox(tmp_path)
    left = SEGMENTS
    while left:
        *told, memory_mb = stores.run(TOP, tmp_path).err.splitlines()
        left, before = len(stores.waiting(tmp_path)), left
        assert left < before
        assert int(memory_mb) < MEMORY_MB
        assert [re.sub(r"\d+", "N", line) for line in told] == ([TOLD] if left else [])
    assert stores.rows(tmp_path, "select count(*) from requests") == [(SEGMENTS,)]


@pytest.mark.slow
def test_an_app_with_a_hundred_thousand_segments_before_it_records_and_merges_beside_readers(tmp_path: Path) -> None:
    """A worker merges for a second at a time, and a reader who comes meanwhile is answered."""
    full_inbox(tmp_path)
    script = """
import sys
from pathlib import Path
import stores
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
recorder = Recorder(Settings(store=Path(sys.argv[1]), flush_interval_s=3600, retention_days=1e6))
print("recording", flush=True)
for _ in range(5):
    stores.record(recorder, "/new")
    recorder.flush(merge=True)
print(len(stores.waiting(Path(sys.argv[1]))))
"""
    with stores.python(script, tmp_path) as app:
        assert app.stdout is not None
        app.stdout.readline()
        run = command_line.hotspan("top", tmp_path, "--format", "json")
        assert run.code == 0 or (run.err.count("\n") == 1 and "in use" in run.err)
        out, err = app.communicate(timeout=10 * stores.LONG_S)
    assert (app.returncode, err) == (0, "")
    assert int(out) < SEGMENTS
