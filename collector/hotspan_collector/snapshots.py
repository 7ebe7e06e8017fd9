"""Snapshots of the requests in flight: one file a process, replaced at every flush, left behind when it dies."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from hotspan_collector import schema, segments
from hotspan_collector.processes import Process

if TYPE_CHECKING:
    from typing import Self

_ATTEMPTS = 20  # a merge removes the snapshots of dead processes one by one, between our looking and our reading


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file in open/: whose requests, and when that process was last heard of (the file's time of modification)."""

    path: Path
    process: Process
    heartbeat_ns: int
    alive: bool

    @classmethod
    def at(cls, path: Path) -> "Self | None":
        """None if the file is gone by now, or is none of ours."""
        try:
            process = Process.parse(path.stem.partition("-")[2].partition("-")[2])
            heartbeat_ns = path.stat().st_mtime_ns
        except (OSError, ValueError):
            return None
        return cls(path, process, heartbeat_ns, process.is_alive(heartbeat_ns))


def path_of(folder: Path, worker: int) -> Path:
    """Where this process keeps its snapshot."""
    return folder / f"requests-{worker:016x}-{Process.current()}.parquet"


def found(folder: Path) -> list[Snapshot]:
    """Every process's snapshot. No folder: none."""
    snapshots = [Snapshot.at(path) for path in folder.glob("requests-*.parquet")]
    return [snapshot for snapshot in snapshots if snapshot is not None]


def remove_drafts(folder: Path) -> None:
    """Deletes what dead processes were writing when they died; the snapshot before it counts."""
    for draft in folder.glob("*.tmp"):
        with contextlib.suppress(OSError, ValueError):  # finished meanwhile, or none of ours
            process = Process.parse(draft.name.removesuffix(".tmp").rpartition(".parquet.")[2])
            if not process.is_alive(draft.stat().st_mtime_ns):
                draft.unlink()


def load(connection: duckdb.DuckDBPyConnection, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """Fills the temporary table snapshot_requests; requests of dead processes are ended at the last heartbeat.

    Returns the snapshots that could not be read: replaced or removed meanwhile, or damaged.
    """
    wanted = list(snapshots)
    readable = wanted
    for _ in range(_ATTEMPTS):
        try:
            _fill(connection, readable)
            break
        except duckdb.Error:
            readable = [snapshot for snapshot in wanted if segments.is_readable(connection, snapshot.path)]
    else:
        _fill(connection, readable)
    return [snapshot for snapshot in wanted if snapshot not in readable]


def _fill(connection: duckdb.DuckDBPyConnection, snapshots: Sequence[Snapshot]) -> None:
    connection.execute("drop table if exists snapshot_requests")
    if snapshots:
        connection.execute(
            schema.read("snapshot_requests"),
            {
                "globs": [segments.globbed(snapshot.path) for snapshot in snapshots],
                "files": [str(snapshot.path) for snapshot in snapshots],
                "ended": [None if snapshot.alive else snapshot.heartbeat_ns for snapshot in snapshots],
            },
        )
