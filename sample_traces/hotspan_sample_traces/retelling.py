"""A recording, told on the story's clock: the same requests and spans, at the times of day the story gives them."""

from importlib import resources
from pathlib import Path

import duckdb

from hotspan_collector import database, schema
from hotspan_sample_traces.story_clock import StoryClock

_BLOCK_BYTES = 16_384
"""DuckDB's smallest; with the usual 262,144 a file of a few hundred rows takes 1.3 MB."""


def retell(connection: duckdb.DuckDBPyConnection, clock: StoryClock, day_ns: int) -> None:
    """Puts the relations requests and spans of a connection on the story's clock, on the day that begins at `day_ns`.

    Each trace moves as a whole: it begins when the story's clock says, and everything in it keeps its duration and
    its distance from that beginning. In a story whose hours are shorter than ours, it is the pauses that grow.
    """
    values = {
        "started_ns": clock.started_ns,
        "story_start_ns": day_ns + round(clock.start_s * 1e9),
        "pace": 3600.0 / clock.hour_s,
    }
    connection.execute(_sql("trace_moves"), values)
    for relation in ("requests", "spans"):
        connection.execute(_sql(f"retold_{relation}"))
        connection.execute(f"create or replace view {relation} as from retold_{relation}")


def write_store(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """The relations requests and spans of a connection as a new DuckDB file with the store's tables."""
    target.unlink(missing_ok=True)
    connection.execute(f"attach $path as sample (type duckdb, block_size {_BLOCK_BYTES})", {"path": str(target)})
    try:
        with database.using(connection, "sample"):
            schema.create(connection)
        connection.execute(_sql("sample_store"))
    finally:
        connection.execute("detach sample")


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
