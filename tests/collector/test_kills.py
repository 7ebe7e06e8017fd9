"""kill -9 at random moments, of real processes that record, merge and read at the same time."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import stores
from hotspan_collector.layout import Layout

RECORD = [sys.executable, str(Path(__file__).parents[1] / "recording_process.py")]
READ = """
import sys
from pathlib import Path
from hotspan_collector.store import Store
while True:
    with Store(Path(sys.argv[1])).reading() as connection:
        print(connection.execute("select count(*) - count(distinct (worker, seq)) from requests").fetchall(), flush=True)
"""


@dataclass
class Told:
    """What a process said before it was killed."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listening.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


def started(command: list[str], root: Path) -> Told:
    return Told(subprocess.Popen([*command, str(root)], stdout=subprocess.PIPE, text=True))


def killed(root: Path, kills: int) -> Iterator[Told]:
    """Three that record and one that reads; one of them is killed and replaced, again and again."""
    chance = random.Random()
    reader = [sys.executable, "-c", READ]
    running = [(RECORD, started(RECORD, root)) for _ in range(3)]
    stores.eventually(lambda: Layout(root).exists(), "there is a store")
    running.append((reader, started(reader, root)))
    for _ in range(kills):
        place = chance.randrange(len(running))
        command, told = running[place]
        stores.eventually(lambda told=told: len(told.lines) > 0, "it works")  # type: ignore[misc]  # a default binds it
        time.sleep(chance.random() * 0.2)
        told.kill()
        yield told
        running[place] = (command, started(command, root))
    for _, told in running:
        told.kill()
        yield told


def check(root: Path, told: list[Told]) -> int:
    """Everything a recorder said is in the store once; returns how many requests it was."""
    assert stores.rows(root, "select count(*) - count(distinct (worker, seq)) from requests") == [(0,)]
    found = {
        worker: (finished, set(unfinished))
        for worker, finished, unfinished in stores.rows(
            root,
            "select worker, count(*) filter (not unfinished), coalesce(list(seq) filter (unfinished), []) "
            "from requests group by worker",
        )
    }
    sealed = 0
    last_lines = [told_by.lines[-1] for told_by in told if told_by.lines]
    for line in (json.loads(line) for line in last_lines if line.startswith("{")):
        finished, unfinished = found[line["worker"]]
        assert finished >= line["finished"]
        # What was open may have ended, sealed by the flush that the kill came in; nothing else may have happened to it.
        assert unfinished >= set(line["open"]) or finished > line["finished"]
        sealed += line["finished"]
    assert stores.rows(root, "select count(*) from requests where end_ns is null or end_ns < start_ns") == [(0,)]
    return sealed


def prove(root: Path, kills: int) -> None:
    told = list(killed(root, kills))
    # A line without its end is one in which the kill came.
    lines = [line for told_by in told for line in told_by.lines if line.endswith("\n")]
    assert [line for line in lines if not line.startswith("{") and line != "[(0,)]\n"] == []
    sealed = check(root, told)
    assert sealed > 100
    assert stores.waiting(root) == []
    assert list(Layout(root).open.iterdir()) == []
    assert [path for path in Layout(root).inbox.iterdir() if path.name.endswith(".tmp")] == []
    assert not Layout(root).bad.exists()


def test_a_dozen_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path, 12)


@pytest.mark.slow
def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path, 200)
