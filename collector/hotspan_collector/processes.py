"""Who wrote a file, and does that process still live? Answered from the file's name, without asking the process."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOREIGN_SILENCE_S = 120.0
"""A process of another host counts as dead when it has been silent this long: we cannot ask that host."""

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told apart from a later one that got the same pid. `started` is 0 where the system does not say."""

    host: str
    pid: int
    started: int

    @classmethod
    def current(cls) -> "Process":
        pid = os.getpid()
        return cls(host_key(), pid, _started(pid) or 0)

    @classmethod
    def parse(cls, text: str) -> "Process":
        """The reverse of str(); ValueError when it is none of ours."""
        host, pid, started = text.split(".")
        return cls(host, int(pid), int(started))

    def __str__(self) -> str:
        return f"{self.host}.{self.pid}.{self.started}"

    def is_alive(self, last_seen_ns: int) -> bool:
        """Whether the process still runs; a stopped one (SIGSTOP) does, a zombie does not.

        `last_seen_ns` decides for processes of other hosts, and where the system does not answer.
        """
        if self.host != host_key() or sys.platform == "win32":
            return time.time_ns() - last_seen_ns < FOREIGN_SILENCE_S * 1e9
        if not _pid_exists(self.pid):
            return False
        started = _started(self.pid)
        return started is None or started == self.started


@cache
def host_key() -> str:
    """Equal for processes that see each other's pids: this boot of this machine, this container."""
    facts = [socket.gethostname()]
    try:
        facts.append((_PROC / "sys/kernel/random/boot_id").read_text())
        facts.append(str((_PROC / "self/ns/pid").readlink()))
    except OSError:
        pass  # not Linux: the name alone
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


def _pid_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, but there
    return True


def _started(pid: int) -> int | None:
    """When the process started, in a unit of the system's own; None if nobody says; -1 for a zombie."""
    try:
        # The name of the program stands in parentheses and may hold anything; fields are counted after it (proc(5)).
        state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if _PROC.joinpath("self").exists() else _started_portably(pid)
    return -1 if state in "ZX" else int(fields[18])


def _started_portably(pid: int) -> int | None:
    """POSIX's ps, for systems without /proc (macOS, BSD)."""
    try:
        shown = subprocess.run(  # noqa: S603  # fixed words and a number
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607  # ps lies elsewhere on each system
            capture_output=True,
            check=False,
            text=True,
            timeout=5,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        ).stdout.split(maxsplit=1)
    except (OSError, subprocess.SubprocessError):
        return None
    if len(shown) < 2:
        return None
    return -1 if shown[0].startswith("Z") else int(hashlib.sha256(shown[1].encode()).hexdigest()[:12], 16)
