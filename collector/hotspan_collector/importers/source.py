"""A file to import: where it is, how it is compressed, what its first bytes are, and what its content is called."""

import gzip
import hashlib
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from hotspan_collector import schema
from hotspan_collector.errors import BadInputError
from hotspan_collector.segments import globbed

Compression = Literal["none", "gzip", "zstd"]

HEAD_BYTES = 1 << 18
"""How much of a file is looked at to tell its format: some hundred log lines, or the first spans of a document."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UTF8_MARK = b"\xef\xbb\xbf"


class Stream(Protocol):
    """What is read from: the next bytes, at most so many; none at the end."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Source:
    """One file, looked at but not read yet. `head` is its beginning, decompressed, at most HEAD_BYTES long."""

    path: Path
    compression: Compression
    size_bytes: int
    head: bytes
    is_marked: bool = False
    """Begins with a byte order mark, which `head` leaves out."""

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Looks at a file; raises BadInputError when it is missing, unreadable, a directory or empty."""
        try:
            with path.open("rb") as file:
                start = file.read(HEAD_BYTES)
            size_bytes = path.stat().st_size
        except OSError as error:
            raise BadInputError(f"{path}: {error.strerror or error}; name a file that can be read") from error
        if not start.strip():
            raise BadInputError(f"{path}: empty; there is nothing to import")
        compression = _compression(start)
        head = start if compression == "none" else _head(path, compression, start)
        return cls(path, compression, size_bytes, head.removeprefix(_UTF8_MARK), head.startswith(_UTF8_MARK))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, as hex: two files with the same bytes are the same file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def open(self) -> Stream:
        """The file's content as a stream of bytes, decompressed; raises BadInputError where a package is missing.

        Reading it raises OSError, EOFError or zlib.error where the file is damaged.
        """
        if self.compression == "gzip":
            return gzip.open(self.path, "rb")
        return _open_zstd(self.path) if self.compression == "zstd" else self.path.open("rb")

    @contextmanager
    def unmarked(self) -> "Iterator[Source]":
        """The same without its byte order mark, which Windows writes and JSON does not know; a copy while it lasts."""
        if not self.is_marked:
            yield self
            return
        with tempfile.TemporaryDirectory() as folder, closing(self.open()) as stream:
            copy = Path(folder) / "unmarked"
            stream.read(len(_UTF8_MARK))
            with copy.open("wb") as target:
                while piece := stream.read(1 << 20):
                    target.write(piece)
            yield Source(copy, "none", self.size_bytes, self.head)

    @property
    def worker(self) -> int:
        """A number of 63 bits that stands for the content where live rows have their process."""
        return int(self.digest[:16], 16) >> 1


def _compression(start: bytes) -> Compression:
    if start.startswith(_GZIP):
        return "gzip"
    return "zstd" if start.startswith(_ZSTD) else "none"


def _head(path: Path, compression: Compression, start: bytes) -> bytes:
    """The beginning of the content; as far as it goes where the file is damaged further on."""
    head = _gzip_head(start) if compression == "gzip" else _zstd_head(path)
    if not head.strip():
        raise BadInputError(f"{path}: damaged or empty {compression}; nothing in it can be read")
    return head[:HEAD_BYTES]


def _gzip_head(start: bytes) -> bytes:
    """Out of the first compressed bytes, member by member: rotated logs are often several gzip files in a row."""
    head = bytearray()
    while start and len(head) < HEAD_BYTES:
        member = zlib.decompressobj(wbits=31)
        try:
            head += member.decompress(start, HEAD_BYTES)
        except zlib.error:
            break  # what came before the damage tells the format; whoever reads the rest says where it ends
        start = member.unused_data
    return bytes(head)


def _open_zstd(path: Path) -> Stream:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        try:
            from backports import zstd
        except ImportError as error:
            raise BadInputError(f'{path}: zstd needs one more package: pip install "hotspan[receiver]"') from error
    return zstd.open(path, "rb")


def _zstd_head(path: Path) -> bytes:
    """Through DuckDB, which every install has: zstd is in Python's own library from 3.14 only."""
    import duckdb

    try:
        found = duckdb.connect().execute(schema.read("read_head"), {"path": globbed(path)})
        return "\n".join(line or "" for (line,) in found.fetchall()).encode("latin-1", errors="replace")
    except duckdb.Error:
        return b""
