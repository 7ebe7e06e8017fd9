"""Retention: how long rows are kept and how large the database may grow. Applied by whoever merges.

DuckDB gives the blocks of deleted rows back to the file, where new rows use them, and to the disk only where they lie
at its end. So a limit on the file is kept by deleting before the file is full: what counts is the blocks in use. Blocks
come free by whole groups of rows, and every transaction writes the last group of its tables anew, beside the old one;
so where the limit is small, groups and transactions are (`rows_at_once`).

The app's workers and the receiver know the limit, and write it into the store: readers, who merge most of what a busy
app records, keep to it too. Age is for those alone who were told of it: a reader of an old store deletes nothing in it.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from hotspan_collector import database, rollups, schema, segments
from hotspan_collector.layout import Layout

FULL_SHARE = 0.85
"""Rows are deleted once so much of the limit is in use: merging and deleting itself need room to write beside."""

BLOCKS_BYTES = 2 * 1024**2
"""Room besides, however small the limit: what each table and its description end with is written anew in whole blocks."""

KEPT_SHARE = 0.88
"""So much of that is in use afterwards: deleting a little at every merge would rewrite blocks all the time."""

INTERVAL_S = 3600.0
"""How often rows are looked through for age."""

NAMES_KEPT_S = 3600.0
"""How long a merged segment's name is kept after its file is gone: no file comes back after that."""

WRITTEN_SHARE = 0.05
"""So much of the limit a transaction may add, and a group of rows hold: with one of requests and one of spans written
anew beside the old ones that is what FULL_SHARE leaves."""

ROW_BYTES = 120
"""What a row takes, about, where groups are small: 115 measured of requests and their spans, 60 in large groups."""

MOST_ROWS = 122_880
"""A group of rows as DuckDB makes it by itself; smaller ones take more room and are read no faster."""

LEAST_ROWS = 2048
"""DuckDB's vector: groups are multiples of it."""

LIMIT_KEY, PRUNED_KEY = "retention_bytes", "pruned_ns"
"""What is noted in `meta`: the limit of the file, and when retention was last applied, nanoseconds since the epoch."""

_ATTEMPTS = 5
"""Rows differ in size, so the first cut may not be enough."""

DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Retention:
    """Rows older than `days` go, and the oldest beyond `bytes` of database file; what is None does not matter."""

    days: float | None
    bytes: int | None

    @property
    def rows_at_once(self) -> int:
        """How many rows are merged in one transaction, and make one group of rows, for the limit to hold."""
        if self.bytes is None:
            return MOST_ROWS
        rows = int(self.bytes * WRITTEN_SHARE) // ROW_BYTES
        return min(max(rows - rows % LEAST_ROWS, LEAST_ROWS), MOST_ROWS)

    @property
    def full_bytes(self) -> float:
        """Rows go when more than this is in use."""
        return float("inf") if self.bytes is None else max(self.bytes * FULL_SHARE - BLOCKS_BYTES, 0.0)

    def is_full(self, layout: Layout) -> bool:
        """Whether the file may hold more than it should: then it is worth a look inside."""
        return layout.database.stat().st_size > self.full_bytes


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, and what that did to the file: `free_bytes` of `file_bytes` are in it for new rows."""

    requests: int
    spans: int
    file_bytes: int
    free_bytes: int


def apply(layout: Layout, connection: duckdb.DuckDBPyConnection, retention: Retention) -> None:
    """What every merge does: nearly always nothing, by one cheap look. Call it under the lock."""
    with database.attached(connection, layout.database, read_only=True):
        now_ns = time.time_ns()
        is_new = retention.bytes is not None and retention.bytes != _noted(connection, LIMIT_KEY)
        is_full = _used_bytes(connection) > retention.full_bytes
        last_ns = _noted(connection, PRUNED_KEY) or 0
    if is_new and retention.bytes is not None:
        with _writing(layout, connection, retention):
            _note(connection, LIMIT_KEY, retention.bytes)
    if is_full or not now_ns - INTERVAL_S * 1e9 < last_ns <= now_ns:
        _prune(layout, connection, retention, now_ns)
        with _writing(layout, connection, retention):
            _forget_names(connection, layout, now_ns)
        _forget_bad(layout, retention, now_ns)


def noted(layout: Layout, connection: duckdb.DuckDBPyConnection) -> Retention:
    """What a reader that merges keeps to: the limit of the file that whoever records into the store has."""
    with database.attached(connection, layout.database, read_only=True):
        return Retention(days=None, bytes=_noted(connection, LIMIT_KEY))


def prune(layout: Layout, connection: duckdb.DuckDBPyConnection, retention: Retention, *, compact: bool) -> Pruned:
    """Deletes what is too old or too much now. `compact` then rewrites the file, so that the disk gets all of it back."""
    requests, spans = _prune(layout, connection, retention, time.time_ns())
    if compact:
        _compact(connection, layout.database)
    with database.attached(connection, layout.database, read_only=True):
        used_bytes = _used_bytes(connection)
    file_bytes = layout.database.stat().st_size
    return Pruned(requests, spans, file_bytes, max(file_bytes - used_bytes, 0))


def trim_inbox(layout: Layout, limit_bytes: int) -> list[segments.Segment]:
    """Deletes the oldest segments beyond the limit, for when the database cannot be used; says which.

    What says how much was lost is not lost itself.
    """
    gone: list[segments.Segment] = []
    with layout.lock(shared=False) as alone:
        rows = [segment for segment in segments.waiting(layout.inbox) if segment.table != "losses"]
        waiting = [(segment, layout.inbox / segment.name) for segment in rows]
        excess_bytes = sum(path.stat().st_size for _, path in waiting) - limit_bytes
        for segment, path in waiting if alone else ():
            if excess_bytes <= 0:
                break
            excess_bytes -= path.stat().st_size
            path.unlink()
            gone.append(segment)
    return gone


def _noted(connection: duckdb.DuckDBPyConnection, key: str) -> int | None:
    found = connection.execute(schema.read("noted"), {"key": key}).fetchone()
    return int(found[0]) if found else None


def _note(connection: duckdb.DuckDBPyConnection, key: str, number: int) -> None:
    connection.execute(schema.read("note"), {"key": key, "value": str(number)})


def _writing(
    layout: Layout, connection: duckdb.DuckDBPyConnection, retention: Retention
) -> contextlib.AbstractContextManager[None]:
    """Each time the database is opened it is written to once: so a kill can be undone, and what is in use is known."""
    return database.attached(connection, layout.database, read_only=False, group_rows=retention.rows_at_once)


def _prune(layout: Layout, connection: duckdb.DuckDBPyConnection, retention: Retention, now_ns: int) -> tuple[int, int]:
    """How many requests and spans went."""
    requests = spans = 0
    with _writing(layout, connection, retention):
        if retention.days is not None:
            requests, spans = _delete(connection, now_ns - int(retention.days * DAY_NS))
        _note(connection, PRUNED_KEY, now_ns)
    for _ in range(_ATTEMPTS):
        with _writing(layout, connection, retention):
            used_bytes = _used_bytes(connection)
            if used_bytes <= retention.full_bytes:
                break
            (cutoff_ns,) = connection.execute(
                schema.read("prune_cutoff"), {"share": 1 - retention.full_bytes * KEPT_SHARE / used_bytes}
            ).fetchall()[0]
            if cutoff_ns is None:
                break
            more = _delete(connection, cutoff_ns)
        requests, spans = requests + more[0], spans + more[1]
    return requests, spans


def _delete(connection: duckdb.DuckDBPyConnection, before_ns: int) -> tuple[int, int]:
    with database.transaction(connection):
        deleted = [
            int(connection.execute(schema.read(f"prune_{table}"), {"before_ns": before_ns}).fetchall()[0][0])
            for table in ("requests", "spans", "losses")
        ]
        rollups.forget_before(connection, before_ns)
    return deleted[0], deleted[1]


def _used_bytes(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute(schema.read("used_bytes")).fetchall()[0][0])


def _forget_names(connection: duckdb.DuckDBPyConnection, layout: Layout, now_ns: int) -> None:
    there = [segment.name for segment in segments.waiting(layout.inbox)]
    connection.execute(
        schema.read("forget_names"), {"there": there, "before_ns": now_ns - int(NAMES_KEPT_S * 1_000_000_000)}
    )


def _forget_bad(layout: Layout, retention: Retention, now_ns: int) -> None:
    if retention.days is None:
        return
    before_ns = now_ns - int(retention.days * DAY_NS)
    for path in layout.bad.glob("*"):
        if path.stat().st_mtime_ns < before_ns:
            path.unlink()


def _compact(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Copies what is there into a new file and puts it in the old one's place."""
    draft = database.fresh_draft(path)
    with database.attached(connection, path, read_only=True):
        connection.execute("attach $path as compacted (type duckdb)", {"path": str(draft)})
        try:
            connection.execute(f"copy from database {database.NAME} to compacted")
        finally:
            connection.execute("detach compacted")
    draft.replace(path)
