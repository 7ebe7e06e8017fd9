"""Where tables and texts go: a terminal as wide as it is, or a pipe that has no width at all."""

import os
import sys
from typing import Final, NoReturn

from rich.console import Console

_NO_END: Final = 100_000
"""Columns of a pipe: whoever reads it wants whole lines, and cuts them itself."""


class Terminal(Console):
    """Standard output. Colours only on a terminal and without NO_COLOR; wrapped only on a terminal, or at COLUMNS."""

    def __init__(self) -> None:
        endless = not sys.stdout.isatty() and not os.environ.get("COLUMNS")
        width = _NO_END if endless else None
        super().__init__(highlight=False, markup=False, emoji=False, soft_wrap=False, width=width)

    def on_broken_pipe(self) -> NoReturn:
        """Whoever reads has gone. Rich would exit with 1 here, which says of `check` that a rule is broken."""
        raise BrokenPipeError
