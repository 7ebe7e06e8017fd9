"""Request rows out of SERVER spans, where no middleware captured the requests: each request once.

One request may have several SERVER spans of one service (a server's and a framework's, a proxy's and its app's under
one name), and they may come in different exports, the inner one first. schema/twin_spans.sql says which are one.
"""

from typing import TYPE_CHECKING

from hotspan_collector import rollups, schema
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    import duckdb

_DAY_NS = 24 * 3600 * 10**9
_REACH_NS = 10**9
"""How far from a request a span may lie and still be looked at as one that shows it to be part of another."""


def insert(connection: "duckdb.DuckDBPyConnection") -> None:
    """Adds to `requests` what the relation segment_spans tells, and takes back what it shows to be told of twice.

    The rows of segment_spans are in `spans` already. All three are names as they are, so `use` the database first.
    """
    connection.execute(schema.read("request_spans"), {"reach_ns": _REACH_NS})
    rollups.forget(connection, "spans")
    if connection.table("request_spans").limit(1).fetchall():
        _insert(connection)
    connection.execute("drop table request_spans")


def _insert(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute(schema.read("twin_spans"), {"reach_ns": _REACH_NS})
    connection.execute(schema.read("forget_twins"))
    connection.execute(
        f"insert into requests by name {schema.read('requests_from_spans')}",  # one of our own queries
        {"max_routes": Settings.from_environment().max_routes, "day_ns": _DAY_NS},
    )
    connection.execute("drop table twin_spans")
