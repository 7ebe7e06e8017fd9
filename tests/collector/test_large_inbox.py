"""A hundred thousand segments that nobody has merged for days: little memory, an answer meanwhile, and all rows in the end."""

import json
import re
from pathlib import Path

import pytest

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
OTHERS = "hotspan has not merged N segments, so the newest rows are missing: others keep the store in use; ask again for the rest"

PATIENCE_S = 1800.0
"""A minute of one core, on a machine that does other things too."""


def full_inbox(root: Path) -> None:
    """One request a segment, told apart by the segment's worker and time only."""
    for worker in range(1, SEGMENTS // LINKS + 1):
        (segment,) = stores.seal(root, [traces.request()], worker=worker)
        inbox = Layout(root).inbox
        for place in range(1, LINKS):
            (inbox / Segment(segment.sealed_ns + place, worker, "requests", 1).name).hardlink_to(inbox / segment.name)


MEMORY = """
import resource, sys
from pathlib import Path
import stores
from hotspan_collector import database, merge
from hotspan_collector.layout import Layout
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings

root = Path(sys.argv[1])

def memory_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
"""
TOP = """
from hotspan_cli.main import main
sys.argv = ["hotspan", "top", str(root), "--format", "json"]
try:
    main()
finally:
    print(memory_mb(), file=sys.stderr)
"""
APP = """
recorder = Recorder(Settings(store=root, flush_interval_s=3600, retention_days=1e6))
for _ in range(5):
    stores.record(recorder, "/new")
    recorder.flush(merge=True)
    print("recorded", flush=True)
recorder.close()
print(memory_mb())
"""
MERGE_ALL = """
with database.memory(threads=1, memory_limit_bytes=256 * 1024**2) as connection:
    while not merge.merge(Layout(root), connection):
        pass
print(memory_mb())
"""


def answered(root: Path, lines: list[list[str]]) -> None:
    """`hotspan top` has an answer, some more is merged, and these are the lines that it may say beside its answer."""
    before = len(stores.waiting(root))
    ended = stores.run(MEMORY + TOP, root, patience_s=PATIENCE_S)
    *told, memory_mb = ended.err.splitlines()
    assert json.loads(ended.out)["endpoints"]
    assert [re.sub(r"\d+", "N", line) for line in told] in lines
    assert len(stores.waiting(root)) < before
    assert int(memory_mb) < MEMORY_MB


@pytest.mark.slow
def test_a_hundred_thousand_segments_are_merged_bit_by_bit_and_there_is_always_an_answer(tmp_path: Path) -> None:
    """By readers within their budget, by an app that records meanwhile, and by whoever has the time for all of them."""
    full_inbox(tmp_path)
    answered(tmp_path, [[TOLD]])
    with stores.python(MEMORY + APP, tmp_path) as app:
        assert app.stdout is not None
        app.stdout.readline()
        answered(tmp_path, [[TOLD], [OTHERS]])  # while somebody else merges, a reader takes what is there, and says so
        *recorded, memory_mb = stores.said(app, PATIENCE_S).splitlines()
    assert len(recorded) == 4
    assert int(memory_mb) < MEMORY_MB
    assert int(stores.run(MEMORY + MERGE_ALL, tmp_path, patience_s=PATIENCE_S).out) < MEMORY_MB
    counted = "select count(*) filter (route = '/new'), count(*) filter (route = '/') from requests"
    assert stores.rows(tmp_path, counted) == [(5, SEGMENTS)]
    assert stores.waiting(tmp_path) == []
