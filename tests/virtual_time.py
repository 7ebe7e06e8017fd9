"""An event loop whose clock jumps to the next timer instead of waiting: minutes of sleeping pass in no time, exactly."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class VirtualLoop(asyncio.SelectorEventLoop):
    """For code that only sleeps and computes; sockets and threads have no place in it."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        selector: Any = self._selector  # type: ignore[attr-defined]  # asyncio's own, there is no public way
        self._select = selector.select
        selector.select = self._jump

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now_s

    def _jump(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits, and for no timer: this would hang"
        self._now_s += timeout
        return self._select(0)


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine on a loop of its own, at virtual second 0."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
