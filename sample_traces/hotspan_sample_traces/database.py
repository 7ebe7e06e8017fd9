"""The exam app's SQLite file: opened in WAL mode, and served in turn, like any database that does one thing at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

Answer = TypeVar("Answer")

_BUSY_TIMEOUT_MS = 60_000
"""Other workers write too; nobody gets an error for having to wait."""


def open_engine(path: Path) -> Engine:
    """The file's engine: write-ahead log, so that readers and the writer do not stop each other."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "after_cursor_execute", _note_affected_rows)
    return engine


class Database:
    """Sessions on worker threads, `width` at a time, in the order of asking.

    A request asks several times. So while many wait they all get slower together, as on a database server that is
    busy, and the event loop stays free to take in more.
    """

    def __init__(self, engine: Engine, width: int) -> None:
        self.engine = engine
        self._turns = CapacityLimiter(width)

    async def ask(self, work: Callable[..., Answer], *values: Any) -> Answer:
        """The answer of `work(session, *values)`, in a transaction of its own."""
        return await to_thread.run_sync(self._in_transaction, work, values, limiter=self._turns)

    def _in_transaction(self, work: Callable[..., Answer], values: tuple[Any, ...]) -> Answer:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session, *values)


def _set_up_connection(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = normal")
    cursor.execute(f"pragma busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.close()


def _note_affected_rows(
    _connection: Any, cursor: Any, _statement: str, _values: Any, context: Any, _many: bool
) -> None:
    """Adds to a statement's span how many rows it wrote, which OpenTelemetry's instrumentation of SQLAlchemy leaves out.

    Its listener ends the span, and comes later, because the engine is instrumented after it was made.
    """
    span = getattr(context, "_otel_span", None)
    if span is not None and cursor.rowcount >= 0:
        span.set_attribute("db.rows_affected", cursor.rowcount)
