"""Adding up what rankings of much would read again and again, and keeping it in the store: hours, or minutes of busy ones.

Done by who asks, a piece at a time under the store's lock, so that merging goes on in between; never by the app's
workers. What the collector changes afterwards it forgets (hotspan_collector.rollups), and it is added up again.
"""

import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hotspan_analysis import queries
from hotspan_analysis.engine import DuckEngine
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window
from hotspan_collector import database, rollups
from hotspan_collector.errors import StoreError
from hotspan_collector.rollups import HOUR_NS, MINUTE_NS, TEN_MINUTES_NS
from hotspan_collector.store import Store

if TYPE_CHECKING:
    import duckdb

RollingBar = Callable[[], AbstractContextManager[Callable[[float], None] | None]]
"""Asked once there is something to add up, for somebody who is told which share of it is done; or for nobody."""

SETTLED_NS: Final = 2 * MINUTE_NS
"""What is younger is not rolled up: most of what is still to come belongs there."""

EDGE_ROWS = 30_000
"""An hour of more is rolled up in tens of minutes, or by the minute: what a window cuts is read row by row."""

PIECE_ROWS = 1_000_000
"""Added up under one lock, which takes half a second."""

_BREATH_S: Final = 0.05
"""Between two pieces the store is free for so long that who waits for it gets a turn."""

_log = logging.getLogger("hotspan")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of whole hours or minutes (of `length_ns`) to be rolled up at once."""

    from_ns: int
    to_ns: int
    length_ns: int
    rows: int


def roll_up(path: Path, window: Window, now_ns: int, bar: RollingBar | None = None) -> None:
    """Rolls up what is settled of a window, and of the hours it begins and ends in; what is there already is left alone.

    Where the store cannot be written to, nothing is: questions read rows then. Whoever interrupts it keeps the pieces
    that are done, and the next one goes on from there.
    """
    settled_ns = min(window.to_ns + -window.to_ns % HOUR_NS, now_ns - SETTLED_NS)
    from_ns, to_ns = window.from_ns - window.from_ns % HOUR_NS, settled_ns - settled_ns % MINUTE_NS
    try:
        if from_ns < to_ns:
            with (bar or nullcontext)() as tell:
                _roll_up_pieces(path, _planned(path, Window(from_ns, to_ns), now_ns), now_ns, tell)
    except (StoreError, OSError) as error:
        _log.debug("hotspan rolls nothing up: %s", error)


def _roll_up_pieces(path: Path, planned: list[Piece], now_ns: int, tell: Callable[[float], None] | None) -> None:
    """One by one; told is which share of the rows has been added up."""
    total, done = sum(piece.rows for piece in planned), 0
    for piece in planned:
        with _engine(path, now_ns) as (engine, connection):
            _add_up(engine, connection, piece)
        done += piece.rows
        if tell is not None:
            tell(done / max(total, 1))
        time.sleep(_BREATH_S)


def _planned(path: Path, window: Window, now_ns: int) -> list[Piece]:
    with _engine(path, now_ns) as (engine, _):
        return list(pieces(engine, window))


@contextmanager
def _engine(path: Path, now_ns: int) -> "Iterator[tuple[DuckEngine, duckdb.DuckDBPyConnection]]":
    with Store(path).deriving() as connection:
        yield DuckEngine(connection, now_ns), connection


def pieces(engine: DuckEngine, window: Window) -> Iterator[Piece]:
    """What of a window of whole minutes is to be rolled up, in order of time."""
    waiting: Piece | None = None
    for piece in _candidates(engine, window):
        joins = waiting and waiting.to_ns == piece.from_ns and waiting.length_ns == piece.length_ns
        if waiting and joins and waiting.rows + piece.rows <= PIECE_ROWS:
            waiting = replace(waiting, to_ns=piece.to_ns, rows=waiting.rows + piece.rows)
            continue
        if waiting:
            yield waiting
        waiting = piece
    if waiting:
        yield waiting


def _candidates(engine: DuckEngine, window: Window) -> Iterator[Piece]:
    """Each stretch that is to be rolled up, by itself."""
    found = engine.ask("rollup_candidates", from_ns=window.from_ns, to_ns=window.to_ns).tuples
    if not found:
        return
    counts = engine.ask("rows_by_minute", from_ns=found[0][0], to_ns=max(to_ns for _, to_ns, _ in found)).tuples
    minutes: list[int] = [minute_ns for minute_ns, _ in counts]
    rows_before: list[int] = [0, *accumulate(rows for _, rows in counts)]

    def rows(from_ns: int, to_ns: int) -> int:
        return rows_before[bisect_left(minutes, to_ns)] - rows_before[bisect_left(minutes, from_ns)]

    for from_ns, to_ns, chosen_ns in found:
        length_ns = chosen_ns or _length_ns(rows(from_ns, to_ns) / (to_ns - from_ns))
        for start_ns in range(from_ns, to_ns - length_ns + 1, length_ns):
            yield Piece(start_ns, start_ns + length_ns, length_ns, rows(start_ns, start_ns + length_ns))


def _length_ns(rows_per_ns: float) -> int:
    """How long a stretch that is added up from rows should be, so that there are few in it."""
    fitting = [length_ns for length_ns in (TEN_MINUTES_NS, HOUR_NS) if rows_per_ns * length_ns <= EDGE_ROWS]
    return max(fitting, default=MINUTE_NS)


def _add_up(engine: DuckEngine, connection: "duckdb.DuckDBPyConnection", piece: Piece) -> None:
    values = Selection().bind(Window(piece.from_ns, piece.to_ns)) | {"length_ns": piece.length_ns}
    with database.transaction(connection):
        for question in ("stretch_sums", "stretch_durations", "stretch_bounds"):
            engine.keep(question, **queries.needed(question, values))
        rollups.put(connection, piece.from_ns, piece.to_ns, piece.length_ns)
