"""The store's lock: whoever merges holds it alone, readers share it, and nobody waits for it here.

DuckDB's own lock keeps other programs away, but between threads of one process it does not hold: it is a POSIX lock,
and closing any one handle of the file gives it up for all of them. flock belongs to the handle, so it does hold.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: DuckDB's own lock alone, which is exclusive between handles there
    fcntl = None  # type: ignore[assignment]  # the module is not there

ARE_EXCLUSIVE = fcntl is not None
"""Whether a lock that is held keeps others away."""

_held: set[int] = set()


@contextlib.contextmanager
def trying(path: Path, *, shared: bool) -> Iterator[bool]:
    """Whether the lock was free; it is held inside the block then.

    Where nobody may write, nobody merges: readers need no lock there, and for others OSError says why.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        if not shared or not path.parent.is_dir():
            raise
        yield True
        return
    _held.add(descriptor)
    try:
        yield _lock(descriptor, shared)
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


def _lock(descriptor: int, shared: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_inherited() -> None:
    """A forked child must not keep its parent's lock alive; closing (unlike unlocking) leaves the parent's alone."""
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_inherited)
