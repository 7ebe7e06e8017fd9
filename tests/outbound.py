"""Whom a Python program asks: each host that it looks up, connects to or sends to is written down by a hook in it."""

import os
from pathlib import Path

_HOOK = """
import os, sys
_log = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
def _note(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    os.write(_log, (host.decode() if isinstance(host, bytes) else str(host or "")).encode() + b"\\n")
sys.addaudithook(_note)
"""
_OWN = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}  # noqa: S104  # compared with, never bound


def watched(folder: Path) -> dict[str, str]:
    """The environment for a program whose hosts are to be written down in the folder, an empty one."""
    (folder / "sitecustomize.py").write_text(_HOOK.format(log=str(folder / "hosts")), encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


def hosts(folder: Path) -> set[str]:
    """All that were asked so far, this machine by its usual names included."""
    log = folder / "hosts"
    return set(log.read_text(encoding="utf-8").splitlines()) if log.exists() else set()


def foreign(folder: Path) -> set[str]:
    """Those of them that are other machines."""
    return hosts(folder) - _OWN
