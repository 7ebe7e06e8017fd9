"""Import into a store that others use meanwhile: prepared beside it, then added in one short transaction."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from hotspan_collector import rollups, schema
from hotspan_collector.database import transaction
from hotspan_collector.errors import StoreBusyError
from hotspan_collector.importers.importing import Progress, import_files
from hotspan_collector.importers.summary import ImportSummary
from hotspan_collector.secret import Secret, secret_of
from hotspan_collector.settings import Settings
from hotspan_collector.store import Store


def import_into(
    store: Path, paths: Iterable[Path | str], *, progress: Progress | None = None, **options: Any
) -> ImportSummary:
    """Adds the requests and spans of files to a store, which is made if there is none; `options` as in import_files.

    All files at once, or none if the store cannot be used; what fails leaves no new store behind. What is in the store
    already is not read again. Raises BadInputError when nothing could be read, StoreError and StoreBusyError as the
    store does.
    """
    target = Store(store)
    with _taken_back(target.layout.root), _workshop(target.layout.root) as (secret, prepared):
        with _scratch(prepared) as connection:
            _know(connection, target)
            summary = import_files(paths, connection, secret=secret, progress=progress, **options)
        fresh = sum(not file.already_there for file in summary.files)
        if fresh:
            _add(target, prepared, fresh)
    return summary


@contextlib.contextmanager
def _taken_back(root: Path) -> Iterator[None]:
    """Directories that are made for a store in the block go again if it fails, unless others write there by then."""
    made = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # not empty: somebody else's
            if made and [path.name for path in root.iterdir()] == ["secret"]:
                (root / "secret").unlink()
                for folder in made:
                    folder.rmdir()
        raise


@contextlib.contextmanager
def _workshop(root: Path) -> Iterator[tuple[Secret, Path]]:
    """The store's secret, and where in the store a database may be prepared."""
    secret = secret_of(root)
    with tempfile.TemporaryDirectory(prefix="import-", dir=root) as folder:
        yield secret, Path(folder) / "prepared.duckdb"


def _scratch(path: Path) -> duckdb.DuckDBPyConnection:
    """A database on disk that keeps to the memory limit: what does not fit goes to disk beside it."""
    connection = duckdb.connect(
        path,
        config={
            "memory_limit": f"{Settings.from_environment().memory_limit_bytes}B",
            "temp_directory": str(path.with_suffix(".spill")),
            "autoinstall_known_extensions": False,
        },
    )
    schema.create(connection)
    return connection


def _know(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Takes over which files are in the store, so that these are not read again."""
    if not store.layout.database.exists():
        return
    with store.reading() as reading:
        names = reading.execute("select name, rows, merged_ns from segments where name like 'file-%'").fetchall()
    if names:
        connection.executemany("insert into segments values ($1, $2, $3)", names)


def _add(store: Store, prepared: Path, files: int) -> None:
    with store.writing() as connection:
        connection.execute("attach $path as prepared (read_only)", {"path": str(prepared)})
        (fresh,) = connection.execute(schema.read("prepared_files")).fetchall()[0]
        if fresh != files:
            raise StoreBusyError(f"{store.layout.root}: another import added the same file meanwhile: try again")
        with transaction(connection):
            rollups.forget(connection, "prepared")
            connection.execute(schema.read("import_prepared"))
