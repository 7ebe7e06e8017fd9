"""Where everything lies in a store directory."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from hotspan_collector import locks


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of the store at `root`; none of them need exist."""

    root: Path

    @property
    def database(self) -> Path:
        """Merged data: an ordinary DuckDB file."""
        return self.root / "hotspan.duckdb"

    @property
    def inbox(self) -> Path:
        """Sealed segments that wait to be merged."""
        return self.root / "inbox"

    @property
    def bad(self) -> Path:
        """Segments that could not be read, kept for who wants to look at them."""
        return self.inbox / "bad"

    @property
    def open(self) -> Path:
        """One snapshot a process: its requests in flight."""
        return self.root / "open"

    def exists(self) -> bool:
        """Whether something was ever recorded here."""
        return self.database.exists() or (self.inbox.is_dir() and self.open.is_dir())

    def make(self) -> None:
        """Makes the directories; raises OSError."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.open.mkdir(exist_ok=True)

    def lock(self, *, shared: bool) -> contextlib.AbstractContextManager[bool]:
        """The store's lock, if it is free: alone to merge, shared to read."""
        return locks.trying(self.root / "lock", shared=shared)
