"""The .sql files of the way in: one statement list a file, its reasons inside, values bound by name."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

VERSION = 1
"""Goes up when `tables.sql` changes; a database of a higher version is refused."""


@cache
def read(name: str) -> str:
    """The text of `<name>.sql`."""
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def create(connection: "duckdb.DuckDBPyConnection") -> None:
    """Creates what is missing: tables, macros and the schema version."""
    connection.execute(read("tables"))
    define_macros(connection)
    connection.execute("insert or ignore into meta values ('schema_version', $version)", {"version": str(VERSION)})


def define_macros(connection: "duckdb.DuckDBPyConnection") -> None:
    """Makes the shared arithmetic known to a connection that can be written to, in-memory ones included."""
    connection.execute(read("macros"))
    connection.execute(read("macros_spans"))
