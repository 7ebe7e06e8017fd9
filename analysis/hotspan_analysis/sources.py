"""Where the data are: a store directory, a DuckDB file, an open connection, or files of other programs."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hotspan_collector.errors import BadInputError, StoreBusyError, StoreError
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import duckdb

    Given = str | Path | Sequence[str | Path] | duckdb.DuckDBPyConnection | None

DATABASE_ENDINGS = (".duckdb", ".db", ".ddb")


class Source(Protocol):
    """Something that can be read from, again and again, as a DuckDB connection that sees the store's relations."""

    @property
    def name(self) -> str:
        """What to call it in a message."""
        ...

    def reading(self) -> "AbstractContextManager[duckdb.DuckDBPyConnection]":
        """A connection for a question or two; never held for longer."""
        ...


def source_of(given: "Given") -> Source:
    """The source that somebody means; without one, the store that HOTSPAN_STORE names.

    Raises BadInputError for a path that is not there or a pattern that matches nothing.
    """
    if given is None:
        return StoreDirectory(Settings.from_environment().store)
    if isinstance(given, str | Path):
        given = [given]
    if not isinstance(given, Sequence):
        return OpenConnection(given)
    paths = _matches(given)
    if len(paths) == 1 and paths[0].is_dir():
        return StoreDirectory(paths[0])
    if len(paths) == 1 and paths[0].suffix in DATABASE_ENDINGS:
        return DatabaseFile(paths[0])
    return Files(tuple(paths))


@dataclass(frozen=True, slots=True)
class StoreDirectory:
    """A store, as `instrument` and `hotspan collect` write it; what waits in its inbox is merged before it is read."""

    path: Path

    @property
    def name(self) -> str:
        """The directory."""
        return str(self.path)

    def reading(self) -> "AbstractContextManager[duckdb.DuckDBPyConnection]":
        """The store, opened briefly."""
        from hotspan_collector.store import Store

        return Store(self.path).reading()


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A DuckDB file with the store's tables, read as it is."""

    path: Path

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    @contextmanager
    def reading(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """The file, opened read-only; raises StoreBusyError while another process writes to it."""
        import duckdb

        try:
            connection = duckdb.connect(self.path, read_only=True)
        except duckdb.IOException as error:
            if "lock" in str(error):
                raise StoreBusyError(
                    f"{self.path} is open in another program; close it there or copy the file"
                ) from None
            raise StoreError(f"{self.path} is no DuckDB database that can be read: {_first_line(error)}") from None
        with connection:
            if not _has_requests(connection):
                raise StoreError(f"{self.path} has no table `requests`; give a hotspan store or a file it exported")
            yield connection


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A DuckDB connection of somebody else; each reading is a cursor of its own."""

    connection: "duckdb.DuckDBPyConnection"

    @property
    def name(self) -> str:
        """What to call it."""
        return "the open DuckDB connection"

    @contextmanager
    def reading(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A cursor, closed afterwards."""
        with self.connection.cursor() as cursor:
            yield cursor


@dataclass(slots=True)
class Files:
    """Trace files and access logs, imported into memory when first read."""

    paths: tuple[Path, ...]
    _imported: "duckdb.DuckDBPyConnection | None" = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The first file, and how many more there are."""
        more = len(self.paths) - 1
        return f"{self.paths[0]}" + (f" and {more} more" if more else "")

    @contextmanager
    def reading(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A cursor on what was imported."""
        if self._imported is None:
            self._imported = self._import()
        with self._imported.cursor() as cursor:
            yield cursor

    def _import(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        from hotspan_collector import schema
        from hotspan_collector.importers import import_files

        connection = duckdb.connect()
        schema.create(connection)
        import_files(self.paths, connection, secret=_secret_of(self.paths))
        return connection


def _matches(given: "Sequence[str | Path]") -> list[Path]:
    found: list[Path] = []
    for each in given:
        matches = sorted(glob(str(each), recursive=True)) if has_magic(str(each)) else [str(each)]  # noqa: PTH207  # Path.glob knows no absolute patterns
        if not matches:
            raise BadInputError(f"no file matches {each}; check the pattern")
        found += [Path(match) for match in matches]
    for path in found:
        if not path.exists():
            raise BadInputError(f"{path} does not exist; give a store directory, a .duckdb file, a trace file or a log")
    if not found:
        raise BadInputError("no file was given; give a store directory, a .duckdb file, a trace file or a log")
    return found


def _secret_of(paths: tuple[Path, ...]) -> bytes:
    """A secret for hashing clients that is the same whenever the same files are read, and needs the files to know."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(file.read(1 << 20))
    return digest.digest()


def _has_requests(connection: "duckdb.DuckDBPyConnection") -> bool:
    return bool(connection.execute("select 1 from duckdb_columns() where table_name = 'requests' limit 1").fetchall())


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
