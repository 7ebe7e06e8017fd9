"""The merge: sealed segments and what dead processes left behind, into the database, each exactly once.

A segment's rows and its name are written in one transaction, then its file is deleted. Whatever is killed at whatever
moment, the name says whether the rows are in.
"""

import contextlib
import itertools
import logging
import time
from collections.abc import Iterator, Sequence

import duckdb

from hotspan_collector import database, leftovers, retention, rollups, schema, segments, snapshots, span_requests, undo
from hotspan_collector.layout import Layout
from hotspan_collector.retention import Retention
from hotspan_collector.segments import Segment
from hotspan_collector.snapshots import Snapshot

BATCH_ROWS = 100_000
"""Rows merged in one transaction: bounds memory, and how long readers wait. Fewer where the database must be small."""

BATCH_FILES = 500
"""Files merged in one transaction, for the same reason."""

_BREATH_S = 0.02
"""Between two batches the database is closed for so long that a waiting reader gets its turn."""

_log = logging.getLogger("hotspan")


def merge(
    layout: Layout,
    connection: duckdb.DuckDBPyConnection,
    *,
    budget_s: float = float("inf"),
    keep: Retention | None = None,
) -> bool:
    """Moves what waits into the database and applies retention; whether nothing waits any more.

    Never waits for the store's lock: False if somebody else has it. `connection` is one of `database.memory`. After
    `budget_s` and one batch the rest is left for the next time. Without `keep`, as readers merge, the file is kept to
    the limit that is noted in the store. Raises StoreError when the database cannot be used, StoreBusyError when
    another program has it open; nothing is lost then, it goes on waiting.
    """
    deadline = time.monotonic() + budget_s
    with layout.lock(shared=False) as alone:
        if not alone:
            return False
        undo.mend(layout.database)
        # Who is dead is asked before the inbox is listed: a dead process seals no more, so all of its rows are there.
        dead = [snapshot for snapshot in snapshots.found(layout.open) if not snapshot.alive]
        queue = [segment for segment in segments.waiting(layout.inbox) if segment.version <= schema.VERSION]
        if not layout.database.exists():
            database.create(connection, layout.database)
        limits = keep or (retention.noted(layout, connection) if queue or dead else Retention(None, None))
        is_done = _land_all(layout, connection, queue, limits, deadline)
        if is_done:
            if dead:
                _end(layout, connection, dead, limits)
            snapshots.remove_drafts(layout.open)
            if left := leftovers.found(layout):
                leftovers.count(layout, connection, left)
        if keep is not None:  # even if time ran out: under load that may be so every time
            retention.apply(layout, connection, keep)
        return is_done


def _land_all(
    layout: Layout,
    connection: duckdb.DuckDBPyConnection,
    queue: Sequence[Segment],
    limits: Retention,
    deadline: float,
) -> bool:
    """Merges batch by batch, and makes room between them; False when there was no time for all of them."""
    for place, batch in enumerate(_batches(queue, min(BATCH_ROWS, limits.rows_at_once))):
        if place:
            if time.monotonic() > deadline:
                return False
            time.sleep(_BREATH_S)
        _land(layout, connection, batch, limits)
        if limits.is_full(layout):
            retention.apply(layout, connection, limits)
    return True


def _batches(queue: Sequence[Segment], most_rows: int) -> Iterator[list[Segment]]:
    totals = itertools.accumulate(segment.rows for segment in queue)
    keys = [(place // BATCH_FILES, total // most_rows) for place, total in enumerate(totals)]
    for _, group in itertools.groupby(zip(keys, queue, strict=True), key=lambda pair: pair[0]):
        yield [segment for _, segment in group]


def _land(layout: Layout, connection: duckdb.DuckDBPyConnection, batch: Sequence[Segment], limits: Retention) -> None:
    """Merges a batch; if that fails, its halves, until the segment at fault stands alone and is set aside."""
    try:
        with database.attached(connection, layout.database, read_only=False, group_rows=limits.rows_at_once):
            with database.using(connection, database.NAME), database.transaction(connection):
                _insert(layout, connection, batch)
            for segment in batch:
                (layout.inbox / segment.name).unlink(missing_ok=True)
    except duckdb.Error as error:
        if len(batch) > 1:
            _land(layout, connection, batch[: len(batch) // 2], limits)
            _land(layout, connection, batch[len(batch) // 2 :], limits)
        elif _is_at_fault(layout, batch[0], error):
            leftovers.set_aside(layout, batch[0])
            _log.warning("hotspan cannot read the segment %s: set aside in %s, and counted", batch[0].name, layout.bad)
        else:
            raise database.explained(error, layout.database) from error


def _is_at_fault(layout: Layout, segment: Segment, error: duckdb.Error) -> bool:
    """Whether the rows are to blame, rather than the disk or the database."""
    path = layout.inbox / segment.name
    if not path.exists():  # merged, though DuckDB failed afterwards; or deleted by somebody
        return False
    if isinstance(error, duckdb.ConstraintException | duckdb.ConversionException | duckdb.BinderException):
        return True
    with contextlib.closing(database.memory(threads=1)) as fresh:
        return not segments.is_readable(fresh, path)


def _insert(layout: Layout, connection: duckdb.DuckDBPyConnection, batch: Sequence[Segment]) -> None:
    known = connection.execute(schema.read("known_segments"), {"names": [segment.name for segment in batch]}).fetchall()
    names = {name for (name,) in known}
    fresh = sorted((segment for segment in batch if segment.name not in names), key=lambda segment: segment.table)
    for table, group in itertools.groupby(fresh, key=lambda segment: segment.table):
        _insert_rows(connection, table, [segments.globbed(layout.inbox / segment.name) for segment in group])
    connection.execute(
        schema.read("merge_names"),
        {"names": [s.name for s in fresh], "rows": [s.rows for s in fresh], "now_ns": time.time_ns()},
    )


def _insert_rows(connection: duckdb.DuckDBPyConnection, table: str, globs: list[str]) -> None:
    connection.execute(schema.read("segment_rows"), {"globs": globs})
    connection.execute(f"alter table segment_rows rename to segment_{table}")
    if table == "requests":
        rollups.forget(connection, table)
    connection.execute(schema.read(f"merge_{table}"))
    if table == "spans":
        span_requests.insert(connection)
    connection.execute(f"drop table segment_{table}")


def _end(layout: Layout, connection: duckdb.DuckDBPyConnection, dead: Sequence[Snapshot], limits: Retention) -> None:
    """Requests in flight when their process died, as unfinished; then their snapshots go."""
    unreadable = snapshots.load(connection, dead)
    if len(unreadable) < len(dead):
        with (
            database.attached(connection, layout.database, read_only=False, group_rows=limits.rows_at_once),
            database.using(connection, database.NAME),
            database.transaction(connection),
        ):
            rollups.forget(connection, "unfinished")
            connection.execute(schema.read("merge_unfinished"))
    for snapshot in dead:
        snapshot.path.unlink(missing_ok=True)
