"""`hotspan demo` as a person types it: real server, real students, real signals."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner

from hotspan_cli import demo
from hotspan_collector.errors import BadInputError, StoreError

HOTSPAN = [sys.executable, "-m", "hotspan_cli.main"]
SAVE = "PUT /tests/{test_id}/sections/{section_id}"
SLOW_MACHINE_S = 240


def environment(directory: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("HOTSPAN", "OTEL"))} | {
        "HOME": str(directory),
        "COLUMNS": "100",
    }


def hotspan(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*HOTSPAN, *arguments],
        cwd=directory,
        env=environment(directory),
        capture_output=True,
        text=True,
        timeout=SLOW_MACHINE_S,
        check=False,
    )


def ranked(directory: Path, *arguments: str) -> list[dict[str, Any]]:
    shown = hotspan(directory, "top", "--format", "json", *arguments)
    assert shown.returncode == 0, shown.stderr
    endpoints: list[dict[str, Any]] = json.loads(shown.stdout)["endpoints"]
    return endpoints


def test_with_the_bug_one_endpoint_leads_by_time_with_calls_nobody_needed(tmp_path: Path) -> None:
    # A save takes 0.36 s of work, fifteen of them at once 5 s: on any machine that is more than the page's second.
    shown = hotspan(tmp_path, "demo", "--speed", "4")
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert f"{SAVE} is first by time" in shown.stdout
    assert re.search(r"^\d+ of 15 students finished the test.$", shown.stdout, re.MULTILINE)
    web = [row for row in ranked(tmp_path) if row["kind"] == "web"]
    assert web[0]["endpoint"] == SAVE
    assert web[0]["duplicates"] > web[0]["requests"] / 2
    assert web[0]["errors"] == 0
    assert f"Retry storm at {SAVE}: " in shown.stdout
    assert "(mechanism: timer)" in shown.stdout
    assert (tmp_path / ".hotspan" / "hotspan.duckdb").exists()


def test_with_the_fix_everybody_finishes_and_another_endpoint_has_the_highest_throughput(tmp_path: Path) -> None:
    shown = hotspan(tmp_path, "demo", "--fixed", "--speed", "2", "--duration", "300", "--store", "kept")
    assert shown.returncode == 0, shown.stderr
    assert "15 of 15 students finished the test." in shown.stdout
    assert "No client repeated its requests in a storm." in shown.stdout
    assert "not first by throughput" in shown.stdout
    assert "0 of its" in shown.stdout
    assert "\x1b[" not in shown.stdout
    assert ranked(tmp_path, "--sort", "throughput", "kept")[0]["endpoint"] != SAVE
    # The lines it prints to be typed next work as they are.
    commands = re.findall(r"^  (hotspan (?:top|clients).*)$", shown.stdout, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        again = hotspan(tmp_path, *shlex.split(command)[1:])
        assert again.returncode == 0, again.stderr
        assert "PUT /tests" in again.stdout or "Clients: 15" in again.stdout


def test_a_second_run_in_the_same_store_is_looked_at_by_itself_and_compared(tmp_path: Path) -> None:
    short = ("--speed", "10", "--students", "3", "--duration", "100")
    first = hotspan(tmp_path, "demo", "--fixed", *short)
    assert first.returncode == 0, first.stderr
    assert "--from" not in first.stdout
    assert "hotspan demo --bug" in first.stdout
    second = hotspan(tmp_path, "demo", "--bug", *short)
    assert second.returncode == 0, second.stderr
    assert re.search(r"hotspan top --sort throughput --from \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", second.stdout)
    assert "hotspan compare --versions bug fixed" in second.stdout
    assert re.search(r"Web requests: (\d+)", second.stdout)
    logins = [row["requests"] for row in ranked(tmp_path) if row["route"] == "/login"]
    assert logins == [6]


@contextmanager
def running_demo(directory: Path, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A demo whose server is up, and the server's address; ended in any case."""
    process = subprocess.Popen(
        [*HOTSPAN, "demo", *arguments],
        cwd=directory,
        env=environment(directory) | {"COLUMNS": "400"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield process, found[0]
                break
        else:
            raise AssertionError(process.communicate()[1])
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_breaking_off_leaves_no_server_and_says_one_line(tmp_path: Path, number: int, workers: str) -> None:
    with running_demo(tmp_path, "--workers", workers) as (process, base_url):
        assert httpx.get(f"{base_url}/health", trust_env=False, timeout=60).status_code == 200
        process.send_signal(number)
        _, complaints = process.communicate(timeout=SLOW_MACHINE_S)
        assert process.returncode == 130
        assert complaints.strip() == "hotspan: interrupted"
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{base_url}/health", trust_env=False, timeout=60)


def test_a_server_that_dies_ends_the_demo_with_one_line(tmp_path: Path) -> None:
    with running_demo(tmp_path) as (process, base_url):
        port = base_url.rsplit(":", 1)[1]
        children = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        server = next(int(line.split()[0]) for line in children.splitlines() if line.split()[1] == str(process.pid))
        os.kill(server, signal.SIGKILL)
        _, complaints = process.communicate(timeout=SLOW_MACHINE_S)
        assert process.returncode == 2, port
        assert complaints.startswith("hotspan: the exam app stopped with exit code -9")
        assert complaints.count("\n") == 1


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name == "sqlalchemy" else object())
    with pytest.raises(BadInputError, match=r'^the demo needs sqlalchemy, .*: pip install "hotspan\[demo\]"$'):
        demo.command.main([], standalone_mode=False)


def test_a_store_that_cannot_be_made_is_said_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(BadInputError, match=r"^cannot write to the store .*; name another with --store$"):
        demo.command.main(["--store", str(tmp_path / "file" / "store")], standalone_mode=False)


def test_a_store_that_cannot_be_used_is_said_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "hotspan.duckdb").write_text("this is no database" * 1000)
    began_s = time.monotonic()
    with pytest.raises(StoreError):
        demo.command.main(["--store", str(tmp_path)], standalone_mode=False)
    assert time.monotonic() - began_s < 40


@pytest.mark.parametrize("arguments", [["--students", "0"], ["--speed", "0"], ["--workers", "0"], ["--duration", "-1"]])
def test_nonsense_is_refused(arguments: list[str]) -> None:
    with pytest.raises(click.BadParameter):
        demo.command.main(arguments, standalone_mode=False)


def test_help_has_an_example() -> None:
    shown = CliRunner().invoke(demo.command, ["--help"])
    assert shown.exit_code == 0
    assert "hotspan demo --fixed" in shown.output
