"""Sealed segments: Parquet files that hold the rows of one process, complete from the moment they have their name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from hotspan_collector import schema
from hotspan_collector.arrow_columns import Table
from hotspan_collector.processes import Process

TABLES = ("requests", "spans", "losses")
_NAME = re.compile(rf"({'|'.join(TABLES)})-v(\d+)-([0-9a-f]{{16}})-(\d{{19,}})-(\d+)\.parquet")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """What a segment's name says. They sort by the time they were sealed."""

    sealed_ns: int
    worker: int
    table: str
    rows: int
    version: int = schema.VERSION

    @classmethod
    def parse(cls, name: str) -> "Segment | None":
        """The segment a file name stands for; None when it is none."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        table, version, worker, sealed_ns, rows = found.groups()
        return cls(int(sealed_ns), int(worker, 16), table, int(rows), int(version))

    @property
    def name(self) -> str:
        return f"{self.table}-v{self.version}-{self.worker:016x}-{self.sealed_ns:019}-{self.rows}.parquet"


def waiting(inbox: Path) -> list[Segment]:
    """The segments that wait to be merged, oldest first. No inbox: none."""
    try:
        found = [Segment.parse(path.name) for path in inbox.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(segment for segment in found if segment is not None)


def drafts(inbox: Path) -> Iterator[tuple[Path, Segment, Process]]:
    """Segments that were begun and not (yet) sealed, with who is at it."""
    for path in inbox.glob("*.tmp"):
        name, _, writer = path.name.removesuffix(".tmp").partition(".parquet.")
        segment = Segment.parse(f"{name}.parquet")
        if segment is not None:
            yield path, segment, Process.parse(writer)


def seal(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    columns: Mapping[str, Sequence[Any]],
    types: Mapping[str, str],
    constants: Mapping[str, Any],
    target: Path,
) -> int:
    """Runs `query` over columns in memory and writes what it selects to `target`; returns the rows.

    The query reads a relation called raw_<table>, the table being the first word of the target's name. `types` gives
    the DuckDB type of every column of that relation; those that `columns` lacks have one value, in `constants`. What
    `types` lacks of the constants is bound where the query names it. The file gets its name when it is complete.
    No fsync: a crash of the process loses nothing, a power cut the last seconds, which the merge finds and counts.
    """
    relation = f"raw_{target.name.partition('-')[0]}"
    fixed = [f"${name}::{types[name]} as {name}" for name in types if name not in columns]
    (statement,) = connection.extract_statements(query)
    bound = {
        name: value
        for name, value in constants.items()
        if name in statement.named_parameters or (name in types and name not in columns)
    }
    draft = target.with_name(f"{target.name}.{Process.current()}.tmp")
    connection.register(f"{relation}_columns", Table(columns, types))
    try:
        (rows,) = connection.execute(
            f"copy (with {relation} as (select {', '.join(['*', *fixed])} from {relation}_columns) "  # noqa: S608  # names out of our own tables, values bound
            f"select * from ({query.rstrip().removesuffix(';')})) to $target (format parquet, use_tmp_file false)",
            bound | {"target": str(draft)},
        ).fetchall()[0]
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        connection.unregister(f"{relation}_columns")
    return int(rows)


def globbed(path: Path) -> str:
    """A path as read_parquet must be given it, which takes [ * ? for a pattern."""
    return re.sub(r"[\[*?]", lambda found: f"[{found[0]}]", str(path))


def is_readable(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether every row of a file can be read."""
    try:
        connection.execute(schema.read("segment_rows"), {"globs": [globbed(path)]})
        connection.execute("drop table segment_rows")
    except duckdb.Error:
        return False
    return True
