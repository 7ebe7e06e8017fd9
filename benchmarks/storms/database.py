"""Worlds as databases: the rows a recording shows, in the tables of a store."""

from typing import Any

import duckdb

from hotspan_collector import schema

_NOT_SIMULATED = {"service_version": None, "instance": "simulated:1", "trace_id": None, "span_id": None}


def database(rows: list[dict[str, Any]], threads: int = 2) -> duckdb.DuckDBPyConnection:
    """An in-memory store that holds these request rows."""
    connection = duckdb.connect(config={"threads": threads})
    schema.create(connection)
    if not rows:
        return connection
    types = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = 'requests'"
        ).fetchall()
    )
    names = [name for name in types if name in rows[0] or name in _NOT_SIMULATED]
    picked = ", ".join(f"unnest(${name}::{types[name]}[]) as {name}" for name in names)
    values = {name: [row.get(name, _NOT_SIMULATED.get(name)) for row in rows] for name in names}
    connection.execute(f"insert into requests by name select {picked}", values)
    return connection
