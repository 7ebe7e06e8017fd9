"""Retention: how long rows are kept and how large the database may grow. Applied by the merge of the app's workers.

DuckDB gives the blocks of deleted rows back to the file, where new rows use them, and to the disk only where they lie
at its end. So a limit on the file is kept by deleting before the file is full: what counts is the blocks in use.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from hotspan_collector import database, rollups, schema, segments
from hotspan_collector.layout import Layout

FULL_SHARE = 0.85
"""Rows are deleted once so much of the limit is in use: merging and deleting itself need room to write beside."""

KEPT_SHARE = 0.75
"""So much of the limit is in use afterwards: deleting a little at every merge would rewrite blocks all the time."""

INTERVAL_S = 3600.0
"""How often rows are looked through for age."""

NAMES_KEPT_S = 3600.0
"""How long a merged segment's name is kept after its file is gone: no file comes back after that."""

_ATTEMPTS = 5
"""Rows differ in size, so the first cut may not be enough."""

DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Retention:
    """Rows older than `days` go, and the oldest beyond `bytes` of database file; what is None does not matter."""

    days: float | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, and what that did to the file: `free_bytes` of `file_bytes` are in it for new rows."""

    requests: int
    spans: int
    file_bytes: int
    free_bytes: int


def apply(layout: Layout, connection: duckdb.DuckDBPyConnection, retention: Retention) -> None:
    """What every merge does: nearly always nothing, by two cheap looks. Call it under the lock."""
    full = retention.bytes is not None and layout.database.stat().st_size > retention.bytes * FULL_SHARE
    with database.attached(connection, layout.database, read_only=False):
        now_ns = time.time_ns()
        last_ns = _last_pruned_ns(connection)
        if full or not now_ns - INTERVAL_S * 1e9 < last_ns <= now_ns:
            _prune(connection, retention, now_ns)
            _forget_names(connection, layout, now_ns)
            _forget_bad(layout, retention, now_ns)


def prune(layout: Layout, connection: duckdb.DuckDBPyConnection, retention: Retention, *, compact: bool) -> Pruned:
    """Deletes what is too old or too much now. `compact` then rewrites the file, so that the disk gets all of it back."""
    with database.attached(connection, layout.database, read_only=False):
        requests, spans = _prune(connection, retention, time.time_ns())
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


def _last_pruned_ns(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute(schema.read("last_pruned")).fetchone()
    return int(found[0]) if found else 0


def _prune(connection: duckdb.DuckDBPyConnection, retention: Retention, now_ns: int) -> tuple[int, int]:
    """How many requests and spans went."""
    requests = spans = 0
    if retention.days is not None:
        requests, spans = _delete(connection, now_ns - int(retention.days * DAY_NS))
    for _ in range(_ATTEMPTS):
        connection.execute(f"checkpoint {database.NAME}")
        used_bytes = _used_bytes(connection)
        if retention.bytes is None or used_bytes <= retention.bytes * FULL_SHARE:
            break
        (cutoff_ns,) = connection.execute(
            schema.read("prune_cutoff"), {"share": 1 - retention.bytes * KEPT_SHARE / used_bytes}
        ).fetchall()[0]
        if cutoff_ns is None:
            break
        more = _delete(connection, cutoff_ns)
        requests, spans = requests + more[0], spans + more[1]
    connection.execute(schema.read("note_pruned"), {"now_ns": str(now_ns)})
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
