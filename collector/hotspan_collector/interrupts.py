"""Work on a database that Ctrl-C ends: DuckDB itself looks for signals too rarely, or never."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

_worker = threading.local()
"""Has, in a thread that somebody waits for here already, the `connection` that is interrupted then."""
_LOOK_EVERY_S: Final = 0.2
"""How often the waiting thread wakes up: a signal that the system gave to another thread is only seen then."""
_AGAIN_S: Final = 0.05
"""After an interrupt, until the next: work that has begun another statement meanwhile must not go through with it."""


def interruptible(connection: "duckdb.DuckDBPyConnection", work: Callable[[], T]) -> T:
    """What the work returns, which is done in a thread of its own, with statements on that connection.

    Work that is a part of such work stays in its thread: who waits for the whole ends the part. Raises what the work
    raised; or KeyboardInterrupt, as soon as the work has stopped.
    """
    if getattr(_worker, "connection", None) is connection:
        return work()
    done = threading.Event()  # Thread.join, once interrupted, takes the thread for finished (CPython 3.11)
    begun, called_off = threading.Event(), threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def do() -> None:
        _worker.connection = connection
        begun.set()
        try:
            if not called_off.is_set():
                results.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again by whoever waits
            errors.append(error)
        finally:
            _worker.connection = None
            done.set()

    try:
        threading.Thread(target=do, daemon=True).start()
        while not done.wait(_LOOK_EVERY_S):
            pass
    except BaseException:
        called_off.set()  # whoever was interrupted while starting the thread cannot tell whether there is one
        while begun.is_set() and not done.wait(_AGAIN_S):
            connection.interrupt()
        raise
    if errors:
        raise errors[0]
    return results[0]
