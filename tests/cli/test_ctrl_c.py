"""Ctrl-C on what takes long: over quickly, in one line, with the code of shells, and nothing half done."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import hotspan, on_a_terminal, without_columns

HOTSPAN = str(Path(sys.executable).with_name("hotspan"))
INCIDENT = Path(__file__).parents[2] / "sample_traces/exam_incident.duckdb"
LINE = '198.51.100.7 - - [02/Mar/2026:09:00:00 +0000] "GET /a/1 HTTP/1.1" 200 5 "-" "b" 0.1\n'
PATIENCE_S = 120.0
SOON_S = 60.0
"""A quiet machine takes 0.2 s, where DuckDB alone takes several; what must not be is waiting for the end."""


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that takes seconds to import."""
    path = tmp_path_factory.mktemp("log") / "access.log"
    path.write_text(LINE * 1_500_000)
    return path


def started(*arguments: str | Path) -> "subprocess.Popen[str]":
    command = [HOTSPAN, *map(str, arguments)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "80"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def interrupted(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit code and complaints after a Ctrl-C."""
    began_s = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=PATIENCE_S)
    assert time.monotonic() - began_s < SOON_S
    return process.returncode, complaints.strip()


@pytest.fixture
def running() -> Iterator[list["subprocess.Popen[str]"]]:
    """Processes that are gone when the test is over."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_an_import_leaves_nothing_behind(
    long_log: Path, tmp_path: Path, running: list["subprocess.Popen[str]"]
) -> None:
    store = tmp_path / "store"
    running.append(started("import", long_log, "--into", store))
    deadline_s = time.monotonic() + PATIENCE_S
    while not list(store.glob("import-*/*")) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert interrupted(running[0]) == (130, "hotspan: interrupted")
    assert not store.exists()
    again = hotspan("import", INCIDENT.with_name("hourly_job.jsonl.gz"), "--into", store, "--format", "json")
    assert [file["already_there"] for file in json.loads(again.out)["files"]] == [False]


def test_a_question_to_a_file_that_is_still_read(long_log: Path, running: list["subprocess.Popen[str]"]) -> None:
    running.append(started("top", long_log))
    time.sleep(1)  # wherever that is: starting up, reading, or ranking
    assert interrupted(running[0]) == (130, "hotspan: interrupted")


def test_following_storms(running: list["subprocess.Popen[str]"]) -> None:
    running.append(started("storms", INCIDENT, "--follow", "--every", "1s"))
    time.sleep(2)  # wherever that is: starting up, looking, or waiting for the next time
    assert interrupted(running[0]) == (130, "hotspan: interrupted")


def test_the_dashboard(running: list["subprocess.Popen[str]"]) -> None:
    running.append(started("dashboard", INCIDENT, "--port", "0", "--no-browser"))
    assert running[0].stdout is not None
    assert running[0].stdout.readline().startswith("The dashboard is at http://127.0.0.1:")
    assert interrupted(running[0]) == (130, "hotspan: interrupted")


def test_a_progress_bar_is_for_terminals(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE * 40_000)
    environment = without_columns() | {"TERM": "xterm-256color"}
    code, shown = on_a_terminal([HOTSPAN, "import", str(log), "--into", str(tmp_path / "a")], environment, 80)
    assert (code, "access.log: reading" in shown, "\x1b[" in shown) == (0, True, True)
    code, shown = on_a_terminal([HOTSPAN, "top", str(log)], environment, 80)
    assert (code, "access.log: reading" in shown, "GET /a/{number}" in shown) == (0, True, True)
    script = "from hotspan_cli.progress_bar import rolling_bar\nwith rolling_bar() as tell: print(tell and tell(0.5))"
    code, shown = on_a_terminal([sys.executable, "-c", script], environment, 80)
    assert (code, "adding up what is ranked, once" in shown, "None" in shown) == (0, True, True)
    piped = hotspan("import", log, "--into", tmp_path / "b")
    assert (piped.code, piped.err, "\x1b[" in piped.out) == (0, "", False)
