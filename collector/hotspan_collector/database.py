"""The database file: opened briefly, created whole or not at all, and its errors in words that help."""

import contextlib
import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from hotspan_collector import schema, undo
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.settings import Settings

NAME = "store"
"""What an attached database is called: its tables are store.requests and so on."""


def memory(threads: int | None = None, memory_limit_bytes: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to nothing on disk, with the shared macros: rows are sealed in it, and databases attached to it."""
    connection = _connection(threads, memory_limit_bytes)
    schema.define_macros(connection)
    return connection


def reader() -> duckdb.DuckDBPyConnection:
    """A connection to ask questions with, which may use as much memory as HOTSPAN_MEMORY_LIMIT_BYTES says.

    It has no macros: they are for the way in, and defining them takes longer than a question to a small store.
    """
    return _connection(None, Settings.from_environment().memory_limit_bytes)


def _connection(threads: int | None, memory_limit_bytes: int | None) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,  # never fetch code over the network
        "enable_external_file_cache": False,  # segments are read once; snapshots change under their name
        "temp_directory": _spill_directory(),  # never in the directory the app was started in
    }
    if threads is not None:
        config["threads"] = threads
    if memory_limit_bytes is not None:
        config["memory_limit"] = f"{memory_limit_bytes}B"
    connection = duckdb.connect(config=config)
    # DuckDB takes a process whose __main__ has no file, such as uvicorn's workers, for a terminal and draws in its log.
    with without_bar():
        connection.execute("set enable_progress_bar = false")
    return connection


@contextlib.contextmanager
def without_bar() -> Iterator[None]:
    """Lets a notebook without ipywidgets do without progress: DuckDB draws none there, and refuses to be told."""
    try:
        yield
    except duckdb.InvalidInputException as error:
        if "ipywidgets" not in str(error):
            raise


def _spill_directory() -> str:
    """Where DuckDB puts what exceeds its memory limit; it makes the directory when it must, and removes it at the end."""
    try:
        return str(Path(tempfile.gettempdir()) / f"hotspan-{os.getpid()}-{secrets.token_hex(4)}")
    except FileNotFoundError:  # nowhere to write at all: nothing is spilled, and queries that need it are refused
        return ""


@contextlib.contextmanager
def attached(
    connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool, group_rows: int | None = None
) -> Iterator[None]:
    """Opens the database file as `store` inside the block. StoreBusyError while somebody else has it open.

    To write to it, hold the store's lock: a kill at any moment then leaves what can be mended (hotspan_collector.undo). New rows are put into groups of `group_rows`, a multiple of 2,048; None: DuckDB's 122,880.
    """
    mode = "read_only" if read_only else "read_write"
    if group_rows is not None:
        mode = f"{mode}, row_group_size {group_rows}"
    with contextlib.nullcontext() if read_only else _undoable(connection, path):
        try:
            connection.execute(f"attach $path as {NAME} ({mode}, type duckdb)", {"path": str(path)})
        except duckdb.Error as error:
            raise explained(error, path) from error
        try:
            with using(connection, NAME):
                _check_version(connection, path, read_only=read_only)
            yield
        finally:
            connection.execute(f"detach {NAME}")


@contextlib.contextmanager
def _undoable(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(undo.kept(connection, path))
        except OSError as error:
            raise explained(error, path.parent) from error
        except duckdb.Error as error:
            raise explained(error, path) from error
        yield


@contextlib.contextmanager
def using(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[None]:
    """Inside the block, names without a database mean those of this one. Not for the inside of a transaction."""
    connection.execute(f"use {name}")
    try:
        yield
    finally:
        connection.execute("use memory")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the database file itself, which can be written to. Lock and StoreBusyError as `attached` has them."""
    with contextlib.closing(_connection(threads=1, memory_limit_bytes=None)) as beside, _undoable(beside, path):
        try:
            connection = duckdb.connect(str(path), config={"autoinstall_known_extensions": False})
        except duckdb.Error as error:
            raise explained(error, path) from error
        with contextlib.closing(connection):
            _check_version(connection, path, read_only=False)
            yield connection


def create(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Makes an empty database appear under `path`, complete: built beside and renamed. Call it under the lock."""
    if "?" in str(path):
        raise StoreError(f"{path}: DuckDB cannot write where a question mark is in the path; name another store")
    draft = fresh_draft(path)
    try:
        connection.execute("attach $path as draft (type duckdb)", {"path": str(draft)})
        try:
            with using(connection, "draft"):
                schema.create(connection)
        finally:
            connection.execute("detach draft")
    except duckdb.Error as error:
        raise explained(error, path) from error
    draft.rename(path)


def fresh_draft(path: Path) -> Path:
    """Where a database is built that is to take the place of `path`; nothing is there."""
    draft = path.with_name(f"{path.name}.new")
    for leftover in (draft, draft.with_name(f"{draft.name}.wal")):
        leftover.unlink(missing_ok=True)
    return draft


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All that happens inside the block, or nothing of it."""
    connection.begin()
    try:
        yield
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # the first error is the one that matters
            connection.rollback()
        raise
    connection.commit()


def _check_version(connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
    """Refuses a database of a newer version; gives one of an older what it lacks, where it may be written to."""
    try:
        found = connection.execute(schema.read("schema_version")).fetchone()
    except duckdb.Error as error:
        raise explained(error, path) from error
    if found is None or not found[0].isdecimal():
        raise StoreError(f"{path} is a DuckDB database, but not one of hotspan's: name another store")
    if int(found[0]) > schema.VERSION:
        raise StoreError(
            f"{path} was written by a newer hotspan (schema {found[0]}, this one knows {schema.VERSION}): "
            "upgrade hotspan here, or name another store"
        )
    if int(found[0]) < schema.VERSION and not read_only:
        with transaction(connection):
            schema.create_tables(connection)


def explained(error: Exception, path: Path) -> StoreError:
    """The same error as one line: what, where, what to do."""
    if isinstance(error, StoreError):
        return error
    text = str(error)
    if isinstance(error, duckdb.ConnectionException) or "lock on file" in text or "Unique file handle conflict" in text:
        holder = text.partition("held in ")[2].partition(". ")[0]
        return StoreBusyError(f"{path} is open in {holder or 'this process already'}: close it there, or try again")
    if "Corrupt database" in text and undo.is_left(path):
        return StoreError(f"{path}: whoever wrote to it was killed; name its directory instead, and it is mended")
    for sign, words in _EXPLANATIONS:
        if sign in text:
            return StoreError(f"{path}: {words}")
    return StoreError(f"{path} cannot be used: {text.partition(chr(10))[0] or type(error).__name__}")


_EXPLANATIONS = (
    ("not a valid DuckDB database file", "this file is no DuckDB database; move it away, or name another store"),
    ("Is a directory", "a directory lies where a file should be; move it away, or name another store"),
    ("Table with name meta does not exist", "a DuckDB database, but not one of hotspan's; name another store"),
    ("version number", "written by a newer DuckDB; upgrade the duckdb package"),
    ("Corrupt database", "the database is damaged; bring back a copy, or move it away and a new one is begun"),
    ("Could not read enough bytes", "the database has been cut short; bring back a copy, or move it away"),
    ("database does not exist", "nothing has been merged yet"),
    (os.strerror(errno.ENOSPC), "the disk is full; free some space, what waits is written then"),
    (os.strerror(errno.EDQUOT), "the disk quota is used up; free some space, what waits is written then"),
    (os.strerror(errno.EFBIG), "a limit on the size of files is reached; raise it, what waits is written then"),
    (os.strerror(errno.EROFS), "the file system is read-only; name another store"),
    (os.strerror(errno.EACCES), "this user may not write here; change the permissions, or name another store"),
)
