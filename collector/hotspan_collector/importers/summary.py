"""What an import did: what was read, what became of it, what was skipped and why, and what the file does not tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows that were not imported for one reason; `lines` are the numbers of the first of them, where there are lines."""

    reason: str
    rows: int
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        if not self.lines:
            return f"{self.rows} skipped: {self.reason}"
        word = "line" if self.rows == 1 else "lines"
        more = ", …" if self.rows > len(self.lines) else ""
        return f"{self.rows} skipped: {self.reason} ({word} {', '.join(map(str, self.lines))}{more})"


@dataclass(frozen=True, slots=True)
class FileSummary:
    """One file. Times are nanoseconds since the epoch, None when nothing was imported.

    `rows` is what the file holds: lines of a log, spans of a trace file. `missing` says of how many requests the file
    does not tell the client, the duration or the route (which was made up from the path).
    """

    path: Path
    format: str
    rows: int = 0
    requests: int = 0
    spans: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    services: tuple[str, ...] = ()
    missing: dict[str, int] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    already_there: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that was not imported, and why, in one line."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """All files of one import; `failures` are those of which nothing was imported."""

    files: Sequence[FileSummary]
    failures: Sequence[Failure] = ()

    @property
    def rows(self) -> int:
        """Lines and spans that were looked at."""
        return sum(file.rows for file in self.files)

    @property
    def requests(self) -> int:
        return sum(file.requests for file in self.files)

    @property
    def spans(self) -> int:
        return sum(file.spans for file in self.files)

    @property
    def skipped(self) -> int:
        """Rows that were not imported, for whatever reason."""
        return sum(each.rows for file in self.files for each in file.skipped)
