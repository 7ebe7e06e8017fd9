"""JSON that the Collector's file exporter compressed: a message after its length, where one expects JSON lines.

With `compression: zstd` the exporter writes every message as four bytes of length and a zstd frame, JSON as well as
protobuf. Source: the README of the Collector's fileexporter.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hotspan_collector.importers.source import Source


def holds_json(source: Source) -> bool:
    """Is the first message of a framed file JSON? Raises DamagedError where there is no first message."""
    from hotspan_collector.importers.protobuf_stream import frames

    with closing(source.open()) as stream:
        return next((content.lstrip().startswith(b"{") for _, content in frames(stream)), False)


@contextmanager
def as_lines(source: Source) -> Iterator[Source]:
    """The same messages as JSON lines, in a copy that goes when the block ends. Raises DamagedError as `frames` does."""
    from hotspan_collector.importers.protobuf_stream import frames

    with tempfile.TemporaryDirectory() as folder, closing(source.open()) as stream:
        copy = Path(folder) / source.path.name
        with copy.open("wb") as target:
            for _, content in frames(stream):
                # JSON has line breaks between its values only; inside strings they are escaped.
                target.write(content.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
        lines = Source.of(copy)
        vars(lines)["digest"] = source.digest  # rows are named after the file that somebody has, not after our copy
        yield lines
