"""Which bodies are stored already: a client that got no answer sends the same bytes again, and they count once.

The answer may have been lost with a connection, or with a receiver that was killed between storing and answering. So
the digests of the bodies of each segment stand in a small file beside the store, under the segment's name; what stands
there counts only if that segment was indeed sealed.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hotspan_collector import segments
from hotspan_collector.errors import StoreError
from hotspan_collector.layout import Layout
from hotspan_collector.store import Store

REMEMBERED_S = 900.0
"""How long a body is remembered: clients give up sooner (OTLP exporters after a minute, the Collector after five)."""

_DIGEST_BYTES = 16


def digest_of(data: bytes) -> str:
    """Names the content of a body."""
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a body: spans that are on the disk, and spans without an id or a time, which are not."""

    spans: int
    rejected: int


class Journal:
    """The file `receiver.journal` of a store; one receiver writes it at a time, and more do no harm."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._path = layout.root / "receiver.journal"

    def note(self, segment: str, bodies: Mapping[str, Kept]) -> None:
        """Writes down what a segment is about to hold. Call it before the segment gets its name."""
        told = {digest: [kept.spans, kept.rejected] for digest, kept in bodies.items()}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at_s": time.time(), "segment": segment, "bodies": told}) + "\n")

    def recall(self) -> dict[str, Kept]:
        """The bodies that are stored, of the last REMEMBERED_S; forgets what is older. For the start of a receiver."""
        entries = [entry for entry in self._entries() if time.time() - entry["at_s"] < REMEMBERED_S]
        if not entries:
            self._path.unlink(missing_ok=True)
            return {}
        sealed = self._sealed()
        entries = [entry for entry in entries if entry["segment"] in sealed]
        draft = self._path.with_suffix(".tmp")
        draft.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        draft.replace(self._path)
        return {digest: Kept(*counts) for entry in entries for digest, counts in entry["bodies"].items()}

    def _entries(self) -> Iterator[dict[str, Any]]:
        """What can be read of the file; a line that was cut off when its writer was killed is none."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def _sealed(self) -> set[str]:
        """Names of segments that are in the store, merged or waiting."""
        names = {segment.name for segment in segments.waiting(self._layout.inbox)}
        try:
            with Store(self._layout.root).reading() as connection:
                names.update(name for (name,) in connection.execute("select name from segments").fetchall())
        except StoreError:  # nothing was merged yet, or nobody can: then what waits is all that is known
            pass
        return names
