"""Four workers write, `hotspan top` asks again and again, and several people look on: nobody sees an error or loses a row."""

import json
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

from chromium import opened
from dashboard_browser import dashboard
from stores import eventually, python, said

WORKER = """
import sys, time
from pathlib import Path
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
from stores import record
store = Path(sys.argv[1])
recorder = Recorder(Settings(store=store, flush_interval_s=0.2, merge_interval_s=0.5))
recorded = 0
while not (store / "stop").exists():
    for _ in range(20):
        record(recorder)
    recorded += 20
    time.sleep(0.1)
recorder.close()
print(recorded)
"""
WORKERS = 4


def top(store: Path) -> int:
    """How many requests `hotspan top` tells of, which must not fail."""
    command = [sys.executable, "-m", "hotspan_cli.main", "top", str(store), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return sum(row["requests"] for row in json.loads(done.stdout)["endpoints"])


def told(page: Page) -> int:
    """How many requests the page tells of; no error may be on it."""
    assert page.locator("[role=alert], [data-testid=stException]").all_inner_texts() == []
    found = re.search(r"^([\d,]+) in all$", page.locator("[data-testid=stMain]").inner_text(), re.MULTILINE)
    return int(found[1].replace(",", "")) if found else 0


def test_numbers_grow_for_everybody_and_none_is_lost(tmp_path: Path) -> None:
    workers = [python(WORKER, tmp_path) for _ in range(WORKERS)]
    eventually(lambda: (tmp_path / "hotspan.duckdb").exists(), "a worker has merged")
    with dashboard(tmp_path) as address, opened("about:blank") as page:
        assert page.context.browser
        viewers = [page.context.browser.new_page() for _ in range(2)]
        for viewer, path in zip(viewers, ("/", "/endpoint"), strict=True):
            viewer.goto(f"{address}{path}?live=true", timeout=120_000)
        seen: list[list[int]] = [[0] for _ in (*viewers, "top")]

        def has_grown() -> bool:
            page.wait_for_timeout(500)
            for number, of_viewer in zip([*(told(viewer) for viewer in viewers), top(tmp_path)], seen, strict=True):
                if number != of_viewer[-1]:
                    of_viewer.append(number)
            return min(len(each) for each in seen) > 2

        eventually(has_grown, "twice more for everybody", patience_s=180)
        (tmp_path / "stop").touch()
        recorded = sum(int(said(worker)) for worker in workers)
        eventually(lambda: top(tmp_path) == recorded, "every request is in the store")
        for viewer in viewers:
            eventually(lambda viewer=viewer: _waited(viewer) == recorded, "the page tells of all")  # type: ignore[misc]  # bound now
    assert all(each == sorted(each) for each in seen), "nothing that was there goes away again"


def _waited(page: Page) -> int:
    page.wait_for_timeout(200)
    return told(page)
