"""The ways a process ends, and what is to be done before: at exit, at SIGTERM, at the end of a forked child.

kill -9 leaves no time for anything; servers that handle SIGTERM themselves end the app's lifespan, which closes the
recorder (lifespan.py).
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

TERM_WAIT_S = 10.0
"""How long a process told to end is held up at most; supervisors send kill -9 after 10 to 30 s."""

_postponing = 0
_postponed: list[Callable[[], None]] = []


def before_exit(close: Callable[[], None]) -> None:
    """Has `close` called before this process ends, where it ends in a way that leaves time."""
    atexit.register(close)
    if _is_main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: _end_by(number, close))


def before_forked_exit(close: Callable[[], None]) -> None:
    """The same in a child that multiprocessing forked: it ends without atexit."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, close, exitpriority=1)


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Inside the block a signal does not end the process: what it interrupts holds what `close` needs."""
    global _postponing
    if not _is_main_thread():  # signals interrupt no other
        yield
        return
    _postponing += 1
    try:
        yield
    finally:
        _postponing -= 1
        if not _postponing and _postponed:
            _postponed.pop()()


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _end_by(number: int, close: Callable[[], None]) -> None:
    """Closes, then dies of the signal as if nobody had handled it."""
    if _postponing:
        _postponed[:] = [lambda: _end_by(number, close)]
        return
    # In a thread of its own, which can be given up: the app may be stuck in whatever the signal interrupted.
    closing = threading.Thread(target=close, name="hotspan-exit", daemon=True)
    closing.start()
    closing.join(TERM_WAIT_S)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
