"""The messages inside an OTLP protobuf file, one after the other, so that no file has to fit into memory.

A file holds one TracesData (or ExportTraceServiceRequest, which is the same on the wire), or several with a length of
four bytes before each, as the Collector's file exporter writes them, compressed with zstd one by one if it was told to.
Source: https://protobuf.dev/programming-guides/encoding/ and the README of the Collector's fileexporter.
"""

import sys
from collections.abc import Iterator

from hotspan_collector.importers.source import Stream

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_MESSAGE_BYTES = 1 << 30
"""A longer message is no message: a length was damaged."""

_RESOURCE_SPANS = 1
_ZSTD = b"\x28\xb5\x2f\xfd"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class DamagedError(ValueError):
    """The bytes are no messages; says at which byte of the (decompressed) content."""


class Reader:
    """Reads exactly so many bytes, and knows where it is."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.position = 0

    def take(self, size: int) -> bytes:
        """The next bytes; raises DamagedError when there are fewer."""
        if size > MAX_MESSAGE_BYTES:
            raise DamagedError(f"a message of {size} bytes is announced at byte {self.position}")
        data = self._stream.read(size)
        if len(data) < size:
            raise DamagedError(f"the file ends at byte {self.position + len(data)}, inside a message")
        self.position += size
        return data

    def take_or_end(self, size: int) -> bytes | None:
        """The next bytes, None at the end of the file."""
        data = self._stream.read(size)
        if not data:
            return None
        self.position += len(data)
        return data + self.take(size - len(data)) if len(data) < size else data


def resource_spans(stream: Stream) -> Iterator[tuple[int, bytes]]:
    """Each ResourceSpans of one TracesData as bytes, with the position at which it begins."""
    reader = Reader(stream)
    while (first := reader.take_or_end(1)) is not None:
        start = reader.position - 1
        tag = _varint(reader, first)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _LENGTH:
            content = reader.take(_varint(reader))
            if number == _RESOURCE_SPANS:
                yield start, content
        elif number == 0 or wire_type not in (_VARINT, _FIXED64, _FIXED32):
            raise DamagedError(f"no OTLP message at byte {start}")
        elif wire_type == _VARINT:
            _varint(reader)
        else:
            reader.take(8 if wire_type == _FIXED64 else 4)


def frames(stream: Stream) -> Iterator[tuple[int, bytes]]:
    """Each message that has its length in four bytes before it, with its position, decompressed."""
    reader = Reader(stream)
    while (length := reader.take_or_end(4)) is not None:
        start = reader.position
        content = reader.take(int.from_bytes(length, "big"))
        yield start, _decompressed(content, start) if content.startswith(_ZSTD) else content


def _varint(reader: Reader, first: bytes | None = None) -> int:
    """Seven bits a byte, the lowest first; the last byte has its highest bit unset."""
    value, shift = 0, 0
    byte = (first or reader.take(1))[0]
    while byte & 0x80:
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > 63:
            raise DamagedError(f"no number at byte {reader.position}")
        byte = reader.take(1)[0]
    return value | byte << shift


def _decompressed(content: bytes, start: int) -> bytes:
    try:
        data = zstd.ZstdDecompressor().decompress(content, max_length=MAX_MESSAGE_BYTES)
    except zstd.ZstdError as error:
        raise DamagedError(f"the message at byte {start} is damaged: {error}") from error
    return data
