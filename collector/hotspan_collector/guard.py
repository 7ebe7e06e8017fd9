"""Errors inside hotspan never reach the app it watches: they are counted, logged once per place, and swallowed.

Under pytest (PYTEST_CURRENT_TEST is set) they are raised again, so that a test sees what a host must not.
"""

import logging
import os
from collections import Counter
from types import TracebackType

LOG = logging.getLogger("hotspan")

errors: Counter[str] = Counter()
"""How many errors each place swallowed in this process."""


def report(place: str, error: Exception) -> None:
    """Counts an error of ours, logs the first of its place, and raises it again only under pytest."""
    errors[place] += 1
    if errors[place] == 1:
        LOG.error(
            "hotspan failed while %s; the app is not affected, further errors of this place are only counted",
            place,
            exc_info=error,
        )
    if "PYTEST_CURRENT_TEST" in os.environ:
        raise error


class guarded:
    """A block of ours whose errors are reported and swallowed; errors that are no Exception pass."""

    __slots__ = ("_place",)

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        report(self._place, error)
        return True
