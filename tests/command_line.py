"""The command line in tests: run in this process or in one of its own, and its output held against files."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from traces import database, insert, ns, request, span

if TYPE_CHECKING:
    import click

HOSTILE = "/x\x1b[31m[bold]red[/bold]\u202egnp\n"
"""A route name that would paint a terminal red, turn its text around, and break its line."""


@dataclass(frozen=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str


class CommandLine:
    """Runs `hotspan` in this process, on a terminal of a fixed width, in UTC."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()

    def __call__(self, *arguments: str | Path, columns: int = 80) -> Run:
        from hotspan_cli.main import main

        self._monkeypatch.setenv("COLUMNS", str(columns))
        self._monkeypatch.setattr(sys, "argv", ["hotspan", *map(str, arguments)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        captured = self._capsys.readouterr()
        code = left.value.code
        return Run(code if isinstance(code, int) else 0, captured.out, captured.err)


def hotspan(*arguments: str | Path, **environment: str) -> Run:
    """Runs `hotspan` in a process of its own."""
    done = subprocess.run(
        [Path(sys.executable).with_name("hotspan"), *arguments],
        env=os.environ | {"COLUMNS": "80", "TZ": "UTC"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def held_against(golden: Path, text: str) -> None:
    """Fails when the text is not what the file says; with HOTSPAN_UPDATE_GOLDEN set, writes the file instead."""
    if os.environ.get("HOTSPAN_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def without_columns() -> dict[str, str]:
    """This environment, but for what says how wide a terminal is and whether it has colours."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}


def on_a_terminal(command: list[str], environment: dict[str, str], columns: int) -> tuple[int, str]:
    """Exit code of a command on a terminal of that width, and what it writes there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError), os.fdopen(ours, "rb", buffering=0) as terminal:  # EIO is its end
        while part := terminal.read(65536):
            written += part
    return process.wait(timeout=120), written.decode()


def command_called(name: str) -> "click.Command":
    """A sub-command, as click has it."""
    import click

    from hotspan_cli.main import hotspan as group

    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command


def incident(path: Path) -> Path:
    """A database file with a bit of everything: two minutes, in the second of which saving goes wrong."""
    rows: list[dict[str, Any]] = []
    for second in range(120):
        bad = second >= 60
        rows += [save(second, n) for n in range(3 if bad else 1)]
        rows.append(request("GET /tests/{test_id}", at=second, ms=20 + second % 7, client=f"c{second % 5}"))
    rows += [
        request("GET /flaky", at=at, ms=5, status=503 if at % 3 == 0 else 200, client="bot") for at in range(0, 120, 2)
    ]
    rows += [
        request(f"GET {HOSTILE}", at=30, ms=1.5, client=None, client_tier="unknown", agent="\x1b]0;owned\x07"),
        request("GET /open", at=119, ms=None, client="c1"),
        request("GET /died", at=100, ms=1500, unfinished=True, client="c2"),
        request("GET /left", at=90, ms=800, aborted=True, client="c3", arrival_ns=ns(89.9)),
        request("GET /pay", at=10, ms=40, service="shop", client="c4"),
        request("GET /events", at=5, ms=90_000, kind="held_open", client="c1"),
    ]
    jobs = [span("nightly clean-up", at=at, ms=700, status="ERROR" if at == 80 else "UNSET") for at in (20, 80)]
    rows = [row | {"seq": number} for number, row in enumerate(rows)]
    with database(rows, jobs, path=str(path)) as connection:
        loss = {"worker": 1, "service": "app", "instance": "host:1", "reason": "buffer_full", "what": "requests"}
        loss |= {"rows": 12, "first_ns": ns(60), "last_ns": ns(61)}
        insert(connection, "losses", tuple(loss), [loss])
    return path


def save(second: int, attempt: int) -> dict[str, Any]:
    """One save; in the bad minute each student has three in flight."""
    slow = second >= 60
    return request(
        "PUT /tests/{test_id}/sections/{section_id}",
        at=second + attempt / 4,
        ms=2400 - attempt * 100 if slow else 150 + second % 10,
        client=f"c{second % 5}",
        target=f"s{second % 5}",
    )
