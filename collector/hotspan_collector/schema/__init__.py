"""The .sql files of the way in: one statement list a file, its reasons inside, values bound by name."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

VERSION = 2
"""Goes up when `tables.sql` changes; a database of a higher version is refused, one of a lower is brought up to it."""


@cache
def read(name: str) -> str:
    """The text of `<name>.sql`."""
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def create(connection: "duckdb.DuckDBPyConnection") -> None:
    """Creates what is missing: tables, macros and the schema version."""
    create_tables(connection)
    define_macros(connection)


def create_tables(connection: "duckdb.DuckDBPyConnection") -> None:
    """Creates the tables that are missing, and notes the version that this makes it, unless it has a higher one."""
    connection.execute(read("tables"))
    connection.execute(read("note_version"), {"version": str(VERSION)})


def define_macros(connection: "duckdb.DuckDBPyConnection") -> None:
    """Makes the shared arithmetic known to a connection that can be written to, in-memory ones included."""
    connection.execute(read("macros"))
    connection.execute(read("macros_spans"))


def define_views(connection: "duckdb.DuckDBPyConnection") -> None:
    """Makes the tables of the attached `store` known under their plain names; one of version 1 has no roll-ups."""
    connection.execute(read("views"))
    (version,) = connection.execute(read("schema_version")).fetchall()[0]
    if int(version) > 1:
        connection.execute(read("views_rollups"))
