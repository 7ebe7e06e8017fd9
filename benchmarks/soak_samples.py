"""What the processes of a soak weigh, second by second, and whether one of them grows. Linux: /proc."""

import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MB = 1024**2
LOADED_MB = 60.0
"""Who has served or asked nothing yet has not loaded DuckDB, and weighs less: it is watched from its first work on."""

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def rss_mb(pid: int) -> float | None:
    """The resident memory of a process; None when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / MB
    except (OSError, IndexError):
        return None


def children(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def tree_mb(pid: int) -> float:
    """The resident memory of a process and all below it; what they share counts for each."""
    return (rss_mb(pid) or 0.0) + sum(tree_mb(child) for child in children(pid))


def inbox_files(store: Path) -> int:
    """How many segments wait."""
    return sum(1 for _ in (store / "inbox").glob("*.parquet"))


def file_mb(store: Path) -> float:
    """The size of the database."""
    path = store / "hotspan.duckdb"
    return path.stat().st_size / MB if path.exists() else 0.0


@dataclass
class Series:
    """One figure over the run."""

    values: list[float] = field(default_factory=list)

    def quarter(self, number: int) -> float:
        """Its median in the first (1) to last (4) quarter."""
        size = max(len(self.values) // 4, 1)
        return statistics.median(self.values[(number - 1) * size : number * size] or self.values)

    @property
    def growth(self) -> float:
        """From the second quarter to the last: by then everybody is warm."""
        return self.quarter(4) - self.quarter(2)


@dataclass
class Samples:
    """Series by name, filled by `take`."""

    store: Path
    memory_mb: dict[str, Series] = field(default_factory=dict)
    waiting: Series = field(default_factory=Series)
    file_mb: Series = field(default_factory=Series)
    began_s: float = field(default_factory=time.monotonic)

    def take(self, pids: Mapping[str, int]) -> None:
        """One sample of each process, the inbox and the database."""
        for name, pid in pids.items():
            if (size_mb := rss_mb(pid)) is not None and size_mb >= LOADED_MB:
                self.memory_mb.setdefault(name, Series()).values.append(size_mb)
        self.waiting.values.append(inbox_files(self.store))
        self.file_mb.values.append(file_mb(self.store))
