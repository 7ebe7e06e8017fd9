"""A source of traces, and the questions one can ask of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Unpack

from hotspan_analysis.apdex import Apdex
from hotspan_analysis.endpoints import Ranking, endpoints
from hotspan_analysis.engine import DuckEngine, Engine
from hotspan_analysis.own_sql import Table, run_own_sql
from hotspan_analysis.selection import Filters, Selection
from hotspan_analysis.sources import Source, source_of
from hotspan_analysis.window import Window, parse_window, whole_seconds

if TYPE_CHECKING:
    from hotspan_analysis.sources import Given

When = Window | str | None
"""A window; or how a person writes one: `15m`, `09:40/09:50`, see `parse_window`; or None for all the data."""


def open_traces(source: "Given" = None, *, now_ns: int | None = None) -> "Traces":
    """Opens a store directory, a .duckdb file, trace files or logs (a list or a glob too), or a DuckDB connection.

    Without a source it is the store that HOTSPAN_STORE names, else `.hotspan`. Nothing is read yet, and nothing is
    held open between questions. `now_ns` fixes the moment until which open requests last; else that is now for a
    store, and the last moment recorded for anything else.
    """
    return Traces(source_of(source), now_ns)


class Traces:
    """Answers questions about one source. Each method is one question; each opens the source only while it runs."""

    def __init__(self, source: Source, now_ns: int | None = None) -> None:
        self._source = source
        self._now_ns = now_ns

    @contextmanager
    def reading(self) -> Iterator[Engine]:
        """The engine for a question of one's own, or for several that must see the same data."""
        with self._source.reading() as connection:
            engine = DuckEngine(connection, time.time_ns() if self._now_ns is None else self._now_ns)
            if self._now_ns is None and not self._source.is_live:
                engine.now_ns = engine.ask("recorded").one()["until_ns"] or engine.now_ns
            yield engine

    def query(self, sql: str) -> Table:
        """One's own SQL over `requests`, `spans`, `losses`, `segments`; it can only read."""
        with self._source.reading(locked_down=True) as connection:
            return run_own_sql(connection, sql)

    def window(self, when: When = None) -> Window:
        """The window that is meant; without one, whole seconds from the first start to the last end of the data."""
        with self.reading() as engine:
            return chosen_window(engine, when)

    def endpoints(
        self, window: When = None, *, sort: str = "time", apdex: Apdex | None = None, **only: Unpack[Filters]
    ) -> Ranking:
        """Which endpoints eat the server's time? The costliest first, compared with the window just before."""
        with self.reading() as engine:
            data = data_window(engine)
            chosen = _resolve(window, data)
            return endpoints(
                engine,
                chosen,
                Selection.of(**only),
                sort=sort,
                apdex=apdex or Apdex.from_environment(),
                compared=data.from_ns <= chosen.previous().from_ns,
            )


def chosen_window(engine: Engine, when: When) -> Window:
    """The window that is meant, in terms of the data that the engine holds."""
    return _resolve(when, data_window(engine)) if not isinstance(when, Window) else when


def data_window(engine: Engine) -> Window:
    """Whole seconds from the first start to the last end of the data; the current second when there are none."""
    bounds = engine.ask("bounds").one()
    if not bounds["rows_seen"]:
        return whole_seconds(engine.now_ns, engine.now_ns)
    return whole_seconds(bounds["first_ns"], bounds["after_ns"])


def _resolve(when: When, data: Window) -> Window:
    if isinstance(when, Window):
        return when
    return data if when is None else parse_window(when, data)
