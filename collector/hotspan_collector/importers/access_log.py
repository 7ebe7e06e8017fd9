"""Access logs: each line becomes a row of `requests`; lines that nobody can read are counted by reason."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from hotspan_collector import schema
from hotspan_collector.importers.lines import load_lines, open_lines
from hotspan_collector.importers.log_formats import FIELDS, LogFormat
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Skipped

if TYPE_CHECKING:
    from hotspan_collector.secret import Secret

DEFAULT_SERVICE = "access-log"


def read(
    connection: duckdb.DuckDBPyConnection, source: Source, formats: Sequence[LogFormat], service: str | None
) -> tuple[Skipped, ...]:
    """Gathers the requests of a log in the temporary table log_rows; returns what was skipped.

    Each line is read by the first of `formats` that explains it. Raises duckdb.Error when the file is damaged.
    """
    connection.execute(schema.read("log_tables"))
    open_lines(connection, source)
    try:
        _read_fields(connection, formats[0])
    except duckdb.InvalidInputException:  # a line that is not UTF-8, or too long
        load_lines(connection, source)
        _read_fields(connection, formats[0])
    _gather(connection, formats[0], service)
    for log_format in formats[1:]:
        _read_fields(connection, log_format)
        _gather(connection, log_format, service)
    named = {"json": formats[0].kind == "json", "formats": " or ".join(each.name for each in formats)}
    found = connection.execute(schema.read("log_skipped"), named).fetchall()
    return tuple(Skipped(reason, rows, tuple(lines)) for reason, rows, lines in found)


def insert(connection: duckdb.DuckDBPyConnection, worker: int, secret: "Secret", max_routes: int) -> int:
    """Adds what `read` gathered to the table `requests`; returns how many rows."""
    bound = dataclasses.asdict(secret) | {"worker": worker, "max_routes": max_routes}
    (rows,) = connection.execute(schema.read("log_requests"), bound).fetchall()[0]
    return int(rows)


def _read_fields(connection: duckdb.DuckDBPyConnection, log_format: LogFormat) -> None:
    connection.execute(schema.read(f"log_fields_{log_format.kind}"), _bound(log_format))


def _bound(log_format: LogFormat) -> dict[str, Any]:
    """What the query that reads this kind of format binds."""
    if log_format.kind == "pattern":
        pattern, groups = log_format.groups()
        return {"pattern": pattern, "groups": groups}
    keys: list[str] = []
    places: dict[str, list[int]] = {}
    for name in FIELDS:
        own = log_format.keys.get(name, ())
        places[name] = [len(keys) + rank for rank in range(1, len(own) + 1)]
        keys.extend(own)
    return {"keys": keys, **places}


def _gather(connection: duckdb.DuckDBPyConnection, log_format: LogFormat, service: str | None) -> None:
    connection.execute(schema.read("log_times"))
    connection.execute(
        schema.read("log_rows"),
        {"service": service or DEFAULT_SERVICE, "clock": log_format.clock, "aborted": log_format.aborted},
    )
    connection.execute(schema.read("log_leftover"))
    connection.execute(schema.read("log_next_lines"))
