"""What a checkpoint writes over in place, put by before it, and put back when whoever made it was killed meanwhile.

DuckDB 2.0 keeps its notes (which block of the file holds what) in blocks of 256 kB. A checkpoint writes those that have
room anew in place, and last a header that makes it count. The kernel cuts a write short when its process is killed: then
the block's checksum is wrong, and nobody can open the file any more. So before a database is opened for writing, its
headers and these blocks are copied beside it; once it was closed in order the copy goes. Who finds a copy under the
store's lock knows that its maker was killed. If the headers are still those of the copy, no checkpoint counts: what the
copy holds is put back, whether torn or not, and the write-ahead log brings what was committed. If they are others, the
checkpoint was whole, and the copy only goes.

That holds for one checkpoint each time the database is opened. A second one, when a copy is out of date, is what DuckDB
alone would be.
"""

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from hotspan_collector import locks, schema

if TYPE_CHECKING:
    import duckdb

HEADERS_BYTES: Final = 3 * 4096
"""What a DuckDB file begins with: what it is, and two headers in turn, each with a number that counts checkpoints."""

_PLACE: Final = struct.Struct("<QQ")
"""Before each block of a copy: where it belongs in the database, and its length."""

_ALIAS: Final = "noted"


def is_left(database: Path) -> bool:
    """Whether somebody was killed while writing to it, if asked under the store's lock, and it may be mended here."""
    return _copy(database).exists() and os.access(database, os.W_OK)


def mend(database: Path) -> None:
    """Makes the database what its last whole checkpoint left; call it while nobody has it open. Raises OSError.

    Who is killed meanwhile leaves the copy, and the next one puts it back again.
    """
    copy = _copy(database)
    if not copy.exists():
        return
    if database.exists():
        with copy.open("rb") as saved, database.open("r+b") as file:
            if saved.read(HEADERS_BYTES) == file.read(HEADERS_BYTES):
                for place, block in _blocks(saved):
                    file.seek(place)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
    copy.unlink()


@contextlib.contextmanager
def kept(connection: "duckdb.DuckDBPyConnection", database: Path) -> Iterator[None]:
    """Keeps a copy while the block opens the database, writes to it and closes it. Raises OSError and duckdb.Error.

    Call it under the store's lock, with any connection. Where a log is left, the checkpoint failed: the copy stays.
    """
    if not locks.ARE_EXCLUSIVE:  # another process could change the file while it is copied
        yield
        return
    mend(database)
    _put_by(connection, database)
    try:
        yield
    finally:
        if not database.with_name(f"{database.name}.wal").exists():
            _copy(database).unlink(missing_ok=True)


def _copy(database: Path) -> Path:
    return database.with_name(f"{database.name}.undo")


def _put_by(connection: "duckdb.DuckDBPyConnection", database: Path) -> None:
    """The copy appears complete and on the disk, or not at all."""
    places = _places(connection, database)
    copy = _copy(database)
    draft = copy.with_name(f"{copy.name}.new")
    mode = database.stat().st_mode & 0o777  # notes tell the least and greatest values: for the same readers
    # DuckDB has closed the file: while it has it open, closing a handle of ours would give up its lock.
    with (
        open(draft, "wb", opener=lambda path, flags: os.open(path, flags, mode)) as target,  # a Path takes no opener
        database.open("rb") as file,
    ):
        target.write(file.read(HEADERS_BYTES))
        for place, length in places:
            file.seek(place)
            target.write(_PLACE.pack(place, length))
            target.write(file.read(length))
        target.flush()
        os.fsync(target.fileno())
    draft.rename(copy)


def _places(connection: "duckdb.DuckDBPyConnection", database: Path) -> list[tuple[int, int]]:
    """Where the blocks are that a checkpoint may write over, and their length."""
    connection.execute(f"attach $path as {_ALIAS} (read_only, type duckdb)", {"path": str(database)})
    try:
        connection.execute(f"use {_ALIAS}")
        found = connection.execute(schema.read("blocks_with_room"), {"name": _ALIAS}).fetchall()
    finally:
        connection.execute("use memory")
        connection.execute(f"detach {_ALIAS}")
    return [(HEADERS_BYTES + block * length, length) for block, length in found]


def _blocks(saved: BinaryIO) -> Iterator[tuple[int, bytes]]:
    while head := saved.read(_PLACE.size):
        place, length = _PLACE.unpack(head)
        yield place, saved.read(length)
