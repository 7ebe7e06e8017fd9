"""What was dropped, counted until it is written down: no data is lost silently."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Loss:
    """Rows of one kind dropped for one reason, and when."""

    reason: str
    what: str
    rows: int
    first_ns: int
    last_ns: int


class Losses:
    """The losses of a process that no segment holds yet. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_kind: dict[tuple[str, str], Loss] = {}

    def __bool__(self) -> bool:
        return bool(self._by_kind)

    def add(self, reason: str, what: str, rows: int = 1) -> None:
        """Counts rows of `what` (requests, spans, segments) as dropped now."""
        now_ns = time.time_ns()
        with self._lock:
            loss = self._by_kind.setdefault((reason, what), Loss(reason, what, 0, now_ns, now_ns))
            loss.rows += rows
            loss.last_ns = now_ns

    def take(self) -> list[Loss]:
        """All of them, forgotten here; `give_back` undoes it."""
        with self._lock:
            taken, self._by_kind = list(self._by_kind.values()), {}
        return taken

    def give_back(self, losses: Sequence[Loss]) -> None:
        """Takes up losses again that could not be written down."""
        with self._lock:
            for old in losses:
                new = self._by_kind.get((old.reason, old.what))
                if new is not None:
                    old.rows += new.rows
                    old.last_ns = new.last_ns
                self._by_kind[old.reason, old.what] = old
