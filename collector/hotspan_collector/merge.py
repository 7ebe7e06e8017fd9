"""The merge: sealed segments and what dead processes left behind, into the database, each exactly once.

A segment's rows and its name are written in one transaction, then its file is deleted. Whatever is killed at whatever
moment, the name says whether the rows are in.
"""

import itertools
import logging
import time
from collections.abc import Iterator, Sequence

import duckdb

from hotspan_collector import database, schema, segments, snapshots
from hotspan_collector.layout import Layout
from hotspan_collector.segments import Segment
from hotspan_collector.snapshots import Snapshot

BATCH_ROWS = 100_000
"""Rows merged in one transaction: bounds memory, and how long readers wait."""

BATCH_FILES = 500

_log = logging.getLogger("hotspan")


def merge(layout: Layout, connection: duckdb.DuckDBPyConnection, budget_s: float = float("inf")) -> bool:
    """Moves what waits into the database; whether nothing waits any more. Never waits for the store's lock.

    `connection` is one of `database.memory`. After `budget_s` the rest is left for the next time. Raises StoreError
    when the database cannot be used; nothing is lost then, it goes on waiting.
    """
    deadline = time.monotonic() + budget_s
    with layout.lock(shared=False) as alone:
        if not alone:
            return False
        # Who is dead is asked before the inbox is listed: a dead process seals no more, so all of its rows are there.
        dead = [snapshot for snapshot in snapshots.found(layout.open) if not snapshot.alive]
        queue = [segment for segment in segments.waiting(layout.inbox) if segment.version <= schema.VERSION]
        if (queue or dead) and not layout.database.exists():
            database.create(connection, layout.database)
        for batch in _batches(queue):
            _land(layout, connection, batch)
            if time.monotonic() > deadline:
                return False
        if dead:
            _end(layout, connection, dead)
        return True


def _batches(queue: Sequence[Segment]) -> Iterator[list[Segment]]:
    rows = itertools.accumulate(segment.rows for segment in queue)
    keys = [(place // BATCH_FILES, total // BATCH_ROWS) for place, total in enumerate(rows)]
    for _, group in itertools.groupby(zip(keys, queue, strict=True), key=lambda pair: pair[0]):
        yield [segment for _, segment in group]


def _land(layout: Layout, connection: duckdb.DuckDBPyConnection, batch: Sequence[Segment]) -> None:
    """Merges a batch; if that fails, its halves, until the segment at fault stands alone and is set aside."""
    try:
        with database.attached(connection, layout.database, read_only=False):
            _insert(layout, connection, batch)
    except duckdb.Error as error:
        if not _is_fault_of_segment(error):
            raise database.explained(error, layout.database) from error
        if len(batch) == 1:
            _set_aside(layout, batch[0], error)
            return
        _land(layout, connection, batch[: len(batch) // 2])
        _land(layout, connection, batch[len(batch) // 2 :])
        return
    for segment in batch:
        (layout.inbox / segment.name).unlink(missing_ok=True)


def _is_fault_of_segment(error: duckdb.Error) -> bool:
    return isinstance(
        error,
        duckdb.InvalidInputException | duckdb.ConstraintException | duckdb.ConversionException | duckdb.BinderException,
    )


def _insert(layout: Layout, connection: duckdb.DuckDBPyConnection, batch: Sequence[Segment]) -> None:
    names = [segment.name for segment in batch]
    connection.begin()
    try:
        known = connection.execute(schema.read("known_segments"), {"names": names}).fetchall()
        fresh = sorted(set(batch) - {Segment.parse(name) for (name,) in known})
        for table, group in itertools.groupby(sorted(fresh, key=lambda s: s.table), key=lambda s: s.table):
            _insert_rows(connection, table, [segments.globbed(layout.inbox / s.name) for s in group])
        connection.execute(
            schema.read("merge_names"),
            {"names": [s.name for s in fresh], "rows": [s.rows for s in fresh], "now_ns": time.time_ns()},
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _insert_rows(connection: duckdb.DuckDBPyConnection, table: str, globs: list[str]) -> None:
    connection.execute(schema.read("segment_rows"), {"globs": globs})
    connection.execute(f"alter table segment_rows rename to segment_{table}")
    connection.execute(schema.read(f"merge_{table}"))
    connection.execute(f"drop table segment_{table}")


def _set_aside(layout: Layout, segment: Segment, error: Exception) -> None:
    layout.bad.mkdir(exist_ok=True)
    (layout.inbox / segment.name).rename(layout.bad / segment.name)
    _log.warning("hotspan cannot read the segment %s (%s): set aside in %s", segment.name, error, layout.bad)


def _end(layout: Layout, connection: duckdb.DuckDBPyConnection, dead: Sequence[Snapshot]) -> None:
    """Requests in flight when their process died, as unfinished; then their snapshots go."""
    unreadable = snapshots.load(connection, dead)
    if len(unreadable) < len(dead):
        with database.attached(connection, layout.database, read_only=False):
            connection.execute(schema.read("merge_unfinished"))
    for snapshot in dead:
        snapshot.path.unlink(missing_ok=True)
