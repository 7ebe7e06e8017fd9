"""What crashes leave behind: drafts nobody will finish, and segments nobody can read. Counted once, as losses."""

import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from hotspan_collector import database, schema, segments
from hotspan_collector.layout import Layout
from hotspan_collector.segments import Segment

COUNTED = ".counted"
"""What the name of a bad segment ends with when its rows are among the losses."""


def found(layout: Layout) -> list[tuple[Path, Segment, str]]:
    """Files whose rows are lost and may not have been counted yet, what they are, and the reason."""
    return [*_dead_drafts(layout), *_bad(layout)]


def _dead_drafts(layout: Layout) -> list[tuple[Path, Segment, str]]:
    return [
        (path, segment, "killed_while_sealing")
        for path, segment, process in segments.drafts(layout.inbox)
        if not process.is_alive(_modified_ns(path))
    ]


def _bad(layout: Layout) -> list[tuple[Path, Segment, str]]:
    parsed = [(path, Segment.parse(path.name)) for path in layout.bad.glob("*.parquet")]
    return [(path, segment, "unreadable_segment") for path, segment in parsed if segment is not None]


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # sealed meanwhile, so somebody lives
        return time.time_ns()


def count(layout: Layout, connection: duckdb.DuckDBPyConnection, left: Sequence[tuple[Path, Segment, str]]) -> None:
    """Writes their rows down as losses, once each; then drafts go, and bad segments are marked as counted."""
    lost = [segment for _, segment, _ in left]
    with database.attached(connection, layout.database, read_only=False):
        connection.execute(
            schema.read("lost_segments"),
            {
                "names": [segment.name for segment in lost],
                "workers": [segment.worker for segment in lost],
                "tables": [segment.table for segment in lost],
                "rows": [segment.rows for segment in lost],
                "sealed_ns": [segment.sealed_ns for segment in lost],
                "reasons": [reason for _, _, reason in left],
                "now_ns": time.time_ns(),
            },
        )
        with database.transaction(connection):
            connection.execute(schema.read("merge_lost_segments"))
    for path, _, _ in left:
        if path.parent == layout.bad:
            path.rename(path.with_name(path.name + COUNTED))
        else:
            path.unlink(missing_ok=True)


def set_aside(layout: Layout, segment: Segment) -> None:
    """Takes a segment that cannot be read out of the inbox."""
    layout.bad.mkdir(exist_ok=True)
    (layout.inbox / segment.name).rename(layout.bad / segment.name)
