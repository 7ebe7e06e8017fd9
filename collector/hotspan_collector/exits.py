"""The ways a process ends, and what is to be done before: at exit, at SIGTERM, at the end of a forked child.

kill -9 leaves no time for anything; servers that handle SIGTERM themselves end the app's lifespan, which closes the
recorder (lifespan.py).
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable

TERM_WAIT_S = 10.0
"""How long a process told to end is held up at most; supervisors send kill -9 after 10 to 30 s."""


def before_exit(close: Callable[[], None]) -> None:
    """Has `close` called before this process ends, where it ends in a way that leaves time."""
    atexit.register(close)
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: _end_by(number, close))


def before_forked_exit(close: Callable[[], None]) -> None:
    """The same in a child that multiprocessing forked: it ends without atexit."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, close, exitpriority=1)


def _end_by(number: int, close: Callable[[], None]) -> None:
    """Closes, then dies of the signal as if nobody had handled it.

    In a thread of its own: this one may have been interrupted in the middle of a flush.
    """
    closing = threading.Thread(target=close, name="hotspan-exit", daemon=True)
    closing.start()
    closing.join(TERM_WAIT_S)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
