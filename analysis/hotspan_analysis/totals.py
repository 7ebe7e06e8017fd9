"""What rows add up to, to the nanosecond: by kind, and all kinds together."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from hotspan_analysis.window import SECOND_NS, Window


class Countable(Protocol):
    """A row that can be added up."""

    @property
    def kind(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def total_time_ns(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def aborted(self) -> int: ...
    @property
    def still_open(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def avoidable_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over rows; the meaning of each is that of the column of the same name."""

    endpoints: int
    requests: int
    throughput_rpm: float
    total_time_ns: int
    total_time_s: float
    load_erlangs: float
    errors: int
    error_rate: float
    aborted: int
    still_open: int
    duplicates: int
    avoidable_s: float

    @classmethod
    def of(cls, rows: Iterable[Countable], window: Window) -> "Total":
        """Adds rows up."""
        rows = list(rows)
        requests = sum(row.requests for row in rows)
        errors = sum(row.errors for row in rows)
        time_ns = sum(row.total_time_ns for row in rows)
        return cls(
            endpoints=len(rows),
            requests=requests,
            throughput_rpm=requests * 60 / window.length_s,
            total_time_ns=time_ns,
            total_time_s=time_ns / SECOND_NS,
            load_erlangs=time_ns / window.length_ns,
            errors=errors,
            error_rate=errors / requests if requests else 0.0,
            aborted=sum(row.aborted for row in rows),
            still_open=sum(row.still_open for row in rows),
            duplicates=sum(row.duplicates for row in rows),
            avoidable_s=sum(row.avoidable_ns for row in rows) / SECOND_NS,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything together, and each kind (web, job, held_open) that occurs by itself."""

    everything: Total
    kinds: dict[str, Total] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Countable], window: Window) -> "Totals":
        """Adds rows up, by kind too."""
        rows = list(rows)
        kinds = sorted({row.kind for row in rows})
        return cls(
            Total.of(rows, window),
            {kind: Total.of((row for row in rows if row.kind == kind), window) for kind in kinds},
        )

    def as_dict(self) -> dict[str, Any]:
        """The sums over everything, and below `kinds` those of each kind."""
        return asdict(self.everything) | {"kinds": {kind: asdict(total) for kind, total in self.kinds.items()}}
