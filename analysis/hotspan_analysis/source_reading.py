"""A source of traces, opened for each question and held no longer, and the window that a question means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hotspan_analysis.bounds import When, chosen_window
from hotspan_analysis.clickhouse.source import ClickHouse
from hotspan_analysis.engine import DuckEngine, Engine
from hotspan_analysis.sources import Source
from hotspan_analysis.window import Window

if TYPE_CHECKING:
    from hotspan_analysis.own_sql import Table
    from hotspan_analysis.rolling_up import RollingBar


class SourceReading:
    """What all questions share: the source, and the moment until which open requests last."""

    def __init__(self, source: Source, now_ns: int | None = None, rolling_bar: RollingBar | None = None) -> None:
        self._source = source
        self._now_ns = now_ns
        self._rolling_bar = rolling_bar

    @property
    def is_live(self) -> bool:
        """Whether more may come, and open requests last until now: so for a store, not for a recording."""
        return self._source.is_live

    @contextmanager
    def reading(self) -> Iterator[Engine]:
        """The engine for a question of one's own, or for several that must see the same data."""
        now_ns = time.time_ns() if self._now_ns is None else self._now_ns
        if isinstance(self._source, ClickHouse):
            with self._source.engine(now_ns) as engine_there:
                yield engine_there
            return
        with self._source.reading() as connection:
            engine = DuckEngine(connection, now_ns)
            if self._now_ns is None and not self._source.is_live:
                engine.now_ns = engine.ask("recorded").one()["until_ns"] or engine.now_ns
            yield engine

    def query(self, sql: str) -> Table:
        """One's own SQL over `requests`, `spans`, `losses`, `segments`; it can only read."""
        from hotspan_analysis.own_sql import run_own_sql

        if isinstance(self._source, ClickHouse):
            return self._source.query(sql, time.time_ns() if self._now_ns is None else self._now_ns)
        with self._source.reading(locked_down=True) as connection:
            return run_own_sql(connection, sql)

    def window(self, when: When = None) -> Window:
        """The window that is meant; without one, whole seconds from the first start to the last end of the data."""
        with self.reading() as engine:
            return chosen_window(engine, when)
