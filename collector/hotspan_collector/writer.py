"""The writer: this process's own way to its store directory, and what every row it writes has in common."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from hotspan_collector import database, schema, segments
from hotspan_collector.layout import Layout
from hotspan_collector.secret import Secret, secret_of
from hotspan_collector.segments import Segment

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder

MEMORY_LIMIT_BYTES = 256 * 1024**2
"""For sealing and merging together: the host app's memory comes first."""


Preparation = Callable[[duckdb.DuckDBPyConnection, Mapping[str, Any]], None]
"""What is done before a segment is written: given the connection and the values that queries may bind."""

RENEW_AFTER = 500
"""So many writes a DuckDB lives: version 2.0 keeps some 12 kB of every query that seals until it is closed."""


class Writer:
    """One DuckDB in memory, one thread in it, and the store's secret; made when first needed."""

    def __init__(self, recorder: "Recorder") -> None:
        self.layout = Layout(recorder.settings.store)
        self._recorder = recorder
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._secret: Secret | None = None
        self._writes = 0
        self._sealed_ns = 0

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            limit_bytes = min(MEMORY_LIMIT_BYTES, self._recorder.settings.memory_limit_bytes)
            self._connection = database.memory(threads=1, memory_limit_bytes=limit_bytes)
        return self._connection

    def rest(self) -> None:
        """Gives DuckDB's memory back, about 25 MB; the next write takes it again, in some 30 ms."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def seal(
        self,
        table: str,
        columns: Mapping[str, Sequence[Any]],
        types: Mapping[str, str],
        prepare: Preparation | None = None,
    ) -> None:
        """Writes the next segment of a table, if there are rows."""
        rows = len(next(iter(columns.values())))
        if rows:
            self._sealed_ns = max(self._sealed_ns + 1, time.time_ns())  # clocks step back, names must not
            segment = Segment(self._sealed_ns, self._recorder.worker, table, rows)
            self.write(table, columns, types, self.layout.inbox / segment.name, prepare)

    def write(
        self,
        table: str,
        columns: Mapping[str, Sequence[Any]],
        types: Mapping[str, str],
        target: Path,
        prepare: Preparation | None = None,
    ) -> None:
        """Writes raw columns to a file as rows of a table. Raises OSError, StoreError or duckdb.Error."""
        if self._secret is None or not target.parent.is_dir():  # a directory may go, and the secret with it
            self.layout.make()
            self._secret = secret_of(self.layout.root)
        self._writes += 1
        if self._writes % RENEW_AFTER == 0:
            self.rest()
        constants = self._constants(self._secret)
        if prepare is not None:
            prepare(self.connection, constants)
        segments.seal(self.connection, schema.read(f"seal_{table}"), columns, types, constants, target)

    def _constants(self, secret: Secret) -> dict[str, Any]:
        settings = self._recorder.settings
        return {
            "worker": self._recorder.worker,
            "service": settings.service,
            "service_version": settings.service_version,
            "instance": self._recorder.instance,
            "captured": self._recorder.captures,
            "inner_block": secret.inner_block,
            "outer_block": secret.outer_block,
            "salt": secret.salt,
        }
