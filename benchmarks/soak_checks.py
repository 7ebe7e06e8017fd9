"""What a soak must show at its end: everything once, nothing dropped, nobody grown, the store as large as configured."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soak_feeder import SERVICE
from soak_load import ANSWERED, UNSENT, Load
from soak_samples import MB, Samples

from hotspan_collector import schema
from hotspan_collector.secret import secret_of
from hotspan_collector.segments import waiting
from hotspan_collector.store import Store

HERE = Path(__file__).parent
GROWTH_SHARE, GROWTH_MB = 0.15, 24.0
"""A process may weigh so much more in the last quarter than in the second: a share of that, and what allocators vary by."""

INBOX_FACTOR, INBOX_FILES = 2, 50
"""The inbox may hold so many times what it held in the second quarter, and so many files more."""


@dataclass(frozen=True)
class Check:
    """One thing that holds or does not, with the figures that say so."""

    holds: bool
    words: str


@dataclass(frozen=True)
class Counted:
    """How often rows that somebody saw accepted are in the store."""

    once: int
    lost: int
    pruned: int
    doubled: int
    strangers: int


def requests(store: Path, load: Load) -> Counted:
    """Where the load tool's requests are. Shapes: one path a request, so a path stands for it."""
    numbers = [number for number, state in enumerate(load.state) if state != UNSENT]
    sql = (HERE / "soak_requests.sql").read_text(encoding="utf-8")
    values = {
        "numbers": numbers,
        "sent_ns": [load.sent_ns[number] for number in numbers],
        "answered": [load.state[number] == ANSWERED for number in numbers],
        "salt": secret_of(store).salt,
    }
    with Store(store).reading() as connection:
        schema.define_macros(connection)
        return Counted(*connection.execute(sql, values).fetchall()[0])


def spans(store: Path, acknowledged: Path) -> Counted:
    """Where the spans are that the receiver acknowledged to the feeder."""
    lines = [line.split() for line in acknowledged.read_text(encoding="utf-8").splitlines()]
    sql = (HERE / "soak_spans.sql").read_text(encoding="utf-8")
    values = {
        "span_ids": [span_id for span_id, _ in lines],
        "start_ns": [int(start_ns) for _, start_ns in lines],
        "service": SERVICE,
    }
    with Store(store).reading() as connection:
        return Counted(*connection.execute(sql, values).fetchall()[0])


def accounted(what: str, counted: Counted, may_prune: bool) -> Check:
    """Each once, but for what retention took, which are the oldest."""
    holds = counted.once > 0 and counted.lost == counted.doubled == counted.strangers == 0
    return Check(
        holds and (may_prune or counted.pruned == 0),
        f"{what}: {counted.once:,} once, {counted.pruned:,} pruned, {counted.lost:,} lost, {counted.doubled:,} doubled, "
        f"{counted.strangers:,} nobody sent",
    )


def dropped(store: Path) -> Check:
    """No row was dropped anywhere on the way in."""
    with Store(store).reading() as connection:
        losses = connection.execute("select reason, what, sum(rows)::bigint from losses group by all").fetchall()
    return Check(not losses, f"dropped on the way in: {losses or 'nothing'}")


def memory(samples: Samples) -> Iterator[Check]:
    """Nobody grows."""
    for name, series in sorted(samples.memory_mb.items()):
        bound_mb = series.quarter(2) * GROWTH_SHARE + GROWTH_MB
        yield Check(
            series.growth <= bound_mb,
            f"memory of {name}: {series.quarter(2):.0f} MB in the second quarter, {series.quarter(4):.0f} in the last "
            f"({series.growth:+.0f}, bound {bound_mb:+.0f}), at most {max(series.values):.0f}",
        )


def inbox(samples: Samples) -> Iterator[Check]:
    """Merging keeps up, and in the end nothing waits."""
    second, last = samples.waiting.quarter(2), samples.waiting.quarter(4)
    yield Check(
        last <= second * INBOX_FACTOR + INBOX_FILES,
        f"segments waiting: {second:.0f} in the second quarter, {last:.0f} in the last, at most "
        f"{max(samples.waiting.values):.0f}",
    )
    left = waiting(samples.store / "inbox")
    yield Check(not left, f"segments waiting at the end: {len(left)}")


def size(samples: Samples, keep_bytes: int) -> Check:
    """The database stays within what retention allows, whoever merges."""
    most_mb, allowed_mb = max(samples.file_mb.values), keep_bytes / MB
    return Check(
        most_mb <= allowed_mb,
        f"database: {most_mb:.1f} MB at most, of {allowed_mb:.1f} allowed",
    )
