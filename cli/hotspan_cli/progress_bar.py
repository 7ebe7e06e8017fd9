"""A bar on stderr while files are read or a large store is added up, for whoever waits at a terminal."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspan_analysis.texts import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from hotspan_collector.importers.importing import Progress

_POLL_S = 0.2


@contextmanager
def progress_bar(files: int) -> "Iterator[Progress | None]":
    """A bar on stderr, if that is a terminal: the steps of all files, moving on as DuckDB says how far it is."""
    if not _is_watched():
        yield None
        return
    from hotspan_collector.importers.importing import STEPS

    bar = _bar()
    task = bar.add_task("", total=files * len(STEPS))
    done = threading.Event()
    at: dict[str, Any] = {"paths": [], "step": 0, "share": lambda: 0.0}

    def tell(path: Path, step: str, share: Callable[[], float]) -> None:
        if path not in at["paths"]:
            at["paths"].append(path)
        at.update(step=STEPS.index(step), share=share)
        bar.update(task, description=f"{printable(path.name)}: {step}")

    def watch() -> None:
        while not done.wait(_POLL_S):
            finished = max(len(at["paths"]) - 1, 0) * len(STEPS)
            bar.update(task, completed=finished + at["step"] + at["share"]())

    with bar:
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield tell
        finally:
            done.set()
            watcher.join()


@contextmanager
def rolling_bar() -> Iterator[Callable[[float], None] | None]:
    """A bar on stderr, if that is a terminal, that is told which share of a large store has been rolled up."""
    if not _is_watched():
        yield None
        return
    bar = _bar()
    task = bar.add_task("adding up what is ranked, once", total=1.0)
    with bar:
        yield lambda share: bar.update(task, completed=share)


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True)
