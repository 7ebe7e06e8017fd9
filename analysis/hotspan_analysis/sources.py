"""Where the data are: a store directory, a DuckDB file, an open connection, or files of other programs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hotspan_analysis.clickhouse.address import Address, is_address
from hotspan_analysis.clickhouse.source import ClickHouse
from hotspan_collector.errors import BadInputError
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import duckdb

    from hotspan_collector.importers.importing import Progress
    from hotspan_collector.secret import Secret

    Bar = Callable[[int], AbstractContextManager[Progress | None]]
    Given = str | Path | Sequence[str | Path] | duckdb.DuckDBPyConnection | None

DATABASE_ENDINGS = (".duckdb", ".db", ".ddb")


class Source(Protocol):
    """Something that can be read from, again and again, as a DuckDB connection that sees the store's relations."""

    @property
    def is_live(self) -> bool:
        """Whether requests still open last until now; in a recording they last until its end."""
        ...

    def reading(self, *, locked_down: bool = False) -> "AbstractContextManager[duckdb.DuckDBPyConnection]":
        """A connection for a question or two, never held for longer.

        `locked_down` is for SQL of a user's own: no statement can write, or reach files or the network.
        """
        ...


def source_of(given: "Given", bar: "Bar | None" = None) -> Source:
    """The source that somebody means; without one, the store that HOTSPAN_STORE names. `bar` shows how far files are read.

    Raises BadInputError for a path that is not there or a pattern that matches nothing.
    """
    if given is None:
        return StoreDirectory(Settings.from_environment().store)
    if isinstance(given, str | Path):
        given = [given]
    if not isinstance(given, Sequence):
        return OpenConnection(given)
    if len(given) == 1 and is_address(given[0]):
        return ClickHouse(Address.of(str(given[0])))
    paths = _matches(given)
    if len(paths) == 1 and paths[0].is_dir():
        return StoreDirectory(paths[0])
    if len(paths) == 1 and paths[0].suffix in DATABASE_ENDINGS:
        return DatabaseFile(paths[0])
    return Files(tuple(paths), bar=bar)


@dataclass(frozen=True, slots=True)
class StoreDirectory:
    """A store, as `instrument` and `hotspan collect` write it; what waits in its inbox is merged before it is read."""

    path: Path
    is_live: bool = True

    def reading(self, *, locked_down: bool = False) -> "AbstractContextManager[duckdb.DuckDBPyConnection]":
        """The store, opened briefly."""
        from hotspan_collector.store import Store

        return Store(self.path).reading(locked_down=locked_down)


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A DuckDB file with the store's tables, read as it is."""

    path: Path
    is_live: bool = False

    @contextmanager
    def reading(self, *, locked_down: bool = False) -> "Iterator[duckdb.DuckDBPyConnection]":
        """The file, opened read-only; raises StoreBusyError while another process writes to it."""
        from hotspan_collector import database, schema

        with (
            database.reader() as connection,
            database.attached(connection, self.path, read_only=True),
        ):
            schema.define_views(connection)
            if locked_down:
                connection.execute(schema.read("lock_down"))
            yield connection


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A DuckDB connection of somebody else; each reading is a cursor of its own, and what is reachable is theirs."""

    connection: "duckdb.DuckDBPyConnection"
    is_live: bool = False

    @contextmanager
    def reading(self, *, locked_down: bool = False) -> "Iterator[duckdb.DuckDBPyConnection]":  # noqa: ARG002  # not ours to lock
        """A cursor, closed afterwards."""
        with self.connection.cursor() as cursor:
            yield cursor


@dataclass(slots=True)
class Files:
    """Trace files and access logs, imported into memory when first read."""

    paths: tuple[Path, ...]
    is_live: bool = False
    bar: "Bar | None" = None
    """Asked, with the number of files, for somebody who is told how far reading them is."""
    _imported: "duckdb.DuckDBPyConnection | None" = field(default=None, repr=False)
    _locked_down: bool = field(default=False, repr=False)

    @contextmanager
    def reading(self, *, locked_down: bool = False) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A cursor on what was imported."""
        from hotspan_collector import schema

        if self._imported is None:
            self._imported = self._import()
        with self._imported.cursor() as cursor:
            if locked_down and not self._locked_down:  # for all that is imported, so once and for good
                cursor.execute(schema.read("lock_down"))
                self._locked_down = True
            yield cursor

    def _import(self) -> "duckdb.DuckDBPyConnection":
        import logging

        from hotspan_collector import database, schema
        from hotspan_collector.importers import import_files

        connection = database.reader()
        schema.create(connection)
        log = logging.getLogger("hotspan")
        with self.bar(len(self.paths)) if self.bar else nullcontext() as progress:
            summary = import_files(self.paths, connection, secret=_secret_of(self.paths), progress=progress)
        for failure in summary.failures:
            log.warning("%s", failure.message)
        for file in summary.files:
            for skipped in file.skipped:
                log.warning("%s: %s", file.path, skipped)
        return connection


def _matches(given: "Sequence[str | Path]") -> list[Path]:
    found: list[Path] = []
    for each in given:
        is_pattern = has_magic(str(each)) and not Path(each).exists()
        matches = sorted(glob(str(each), recursive=True)) if is_pattern else [str(each)]  # noqa: PTH207  # Path.glob knows no absolute patterns
        if not matches:
            raise BadInputError(f"no file matches {each}; check the pattern")
        found += [Path(match) for match in matches]
    for path in found:
        if not path.exists():
            raise BadInputError(f"{path} does not exist; give a store directory, a .duckdb file, a trace file or a log")
    if not found:
        raise BadInputError("no file was given; give a store directory, a .duckdb file, a trace file or a log")
    return found


def _secret_of(paths: tuple[Path, ...]) -> "Secret":
    """A secret for hashing clients that is the same whenever the same files are read, and needs the files to know."""
    import hashlib

    from hotspan_collector.secret import Secret

    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(file.read(1 << 20))
    return Secret.of(digest.digest())
