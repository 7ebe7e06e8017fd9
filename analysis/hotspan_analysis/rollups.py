"""Ranking more requests than one wants to read: whole minutes, hours and days out of roll-ups, the rest out of rows.

Sums are those of the rows; percentiles come out of histograms and are within PERCENTILE_ERROR of their value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2
from typing import Any, Final

from hotspan_analysis import queries
from hotspan_analysis.apdex import Apdex
from hotspan_analysis.engine import Answer, DuckEngine, Engine
from hotspan_analysis.results import Query
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window
from hotspan_collector.rollups import LENGTHS_NS, MINUTE_NS

LEAST_REQUESTS = 300_000
"""A window of fewer is ranked out of rows, exactly: that takes a tenth of a second or two."""

LEAST_STORED = 5_000_000
"""A store of fewer is not rolled up: it is ranked exactly in two seconds, and exact is what people expect."""

PERCENTILE_ERROR: Final = 0.01
"""Relative error that a percentile may have; each bucket's value is within 0.99 % of all in it."""

_EDGE_S: Final = 0.5
"""A bucket ends here and at every power of 2 times as much (queries/macros.sql), so that Apdex is exact there."""

_RELATIONS: Final = {
    "spread": "spread",
    "present": "rolled_present",
    "before": "rolled_before",
    "repeated": "rolled_repeated",
}
"""What `endpoints` reads here, and from which files."""

_OF_THE_REST: Final = {
    "calls": "kept_calls",
    "selected": "kept_selected",
    "touching": "touching",
    "covers": "covers",
    "all_duplicates": "duplicates",
    "duplicates": "kept_duplicates",
}
"""The same for the questions about what is not rolled up: a few rows are taken out of the store once, and read often."""

_EVER: Final = Window(0, 1 << 62)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A stretch of whole minutes that is all rolled up, and what is known of its requests and jobs, and of its roots."""

    from_ns: int
    to_ns: int
    requests: int
    first_ns: int | None
    after_ns: int | None
    shortest_ns: int
    """The length of the shortest stretch in it that was added up from rows."""
    longest_ns: int
    """The length of the longest of these."""

    def parts(self, lengths_ns: Sequence[int] = LENGTHS_NS) -> Iterator[tuple[int, Window]]:
        """The same as stretches of one of these lengths each: longer ones lie inside of shorter ones, none is empty."""
        before, after = [self.from_ns], [self.to_ns]
        for longer_ns in lengths_ns[1:]:
            before.append(min(before[-1] + -before[-1] % longer_ns, after[-1]))
            after.append(max(after[-1] - after[-1] % longer_ns, before[-1]))
        edges = pairwise([*before, *reversed(after)])
        for length_ns, (from_ns, to_ns) in zip((*lengths_ns, *lengths_ns[-2::-1]), edges, strict=True):
            if from_ns < to_ns:
                yield length_ns, Window(from_ns, to_ns)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a window is rolled up."""

    window: Window
    rolled: tuple[Rolled, ...]

    @property
    def requests(self) -> int:
        """How many requests and jobs need not be read."""
        return sum(each.requests for each in self.rolled)

    @property
    def rest(self) -> list[Window]:
        """What is left to be read."""
        edges = [self.window.from_ns, *(edge for each in self.rolled for edge in (each.from_ns, each.to_ns))]
        gaps = list(pairwise([*edges, self.window.to_ns]))[::2]
        return [Window(from_ns, to_ns) for from_ns, to_ns in gaps if to_ns > from_ns]

    @property
    def missing(self) -> list[Window]:
        """What of the rest is not merely cut off by the window: as long as a stretch that is rolled up beside it."""
        shortest_ns = min((each.shortest_ns for each in self.rolled), default=0)
        return [each for each in self.rest if each.length_ns >= shortest_ns]


def possible(selection: Selection, apdex: Apdex) -> bool:
    """Whether roll-ups could tell: they know services, kinds, methods and routes, and the usual Apdex thresholds."""
    unknown = (selection.version, selection.status_from, selection.client_from)
    doublings = log2(apdex.threshold_s / _EDGE_S)
    return all(each is None for each in unknown) and doublings == round(doublings) and not apdex.of_endpoint


def coverage(engine: Engine, window: Window) -> Coverage:
    """What of the window is rolled up and still holds; nothing where there are no roll-ups."""
    if not isinstance(engine, DuckEngine) or not engine.has_rollups:
        return Coverage(window, ())
    if not engine.covered:
        engine.keep("settled")
    if window not in engine.covered:
        answer = engine.ask("rolled_stretches", from_ns=window.from_ns, to_ns=window.to_ns)
        engine.covered[window] = tuple(answer.build(Rolled))
    return Coverage(window, engine.covered[window])


def pays(engine: Engine, *windows: Window) -> bool:
    """Whether so much of the windows of so large a store is not rolled up that it should be."""
    rest = [each for window in windows for each in coverage(engine, window).rest]
    return sum(_requests(engine, each) for each in rest) >= LEAST_REQUESTS and _requests(engine, _EVER) >= LEAST_STORED


def _requests(engine: Engine, window: Window) -> int:
    found: int = engine.ask("requests_between", from_ns=window.from_ns, to_ns=window.to_ns).one()["requests"]
    return found


def bounds(engine: Engine) -> dict[str, Any] | None:
    """What `bounds` has for all of the data; None where rows alone can tell, or are few."""
    covered = coverage(engine, _EVER)
    if covered.requests < LEAST_REQUESTS:
        return None
    reaches = [(each.first_ns, each.after_ns) for each in covered.rolled]
    for each in covered.rest:
        rows = engine.ask("stretch_bounds", from_ns=each.from_ns, to_ns=each.to_ns, length_ns=_EVER.length_ns)
        reaches += [(row["first_ns"], row["after_ns"]) for row in rows.dicts()]
    return {
        "first_ns": min(first_ns for first_ns, _ in reaches if first_ns is not None),
        "after_ns": max(after_ns for _, after_ns in reaches if after_ns is not None),
        "rows_seen": covered.requests,
    }


@dataclass(slots=True)
class RolledReading:
    """One ranking out of roll-ups and the rows that these lack."""

    engine: DuckEngine
    selection: Selection
    window: Window
    kept: list[Query]

    @classmethod
    def of(
        cls, engine: Engine, window: Window, selection: Selection, apdex: Apdex, *, compared: bool
    ) -> "RolledReading | None":
        """Brings the sums together; None where rows alone can tell, or are few."""
        if not isinstance(engine, DuckEngine) or not possible(selection, apdex):
            return None
        covered = coverage(engine, window)
        if covered.requests < LEAST_REQUESTS:
            return None
        reading = cls(engine, selection, window, [])
        reading._keep_rolled("rolled_durations", covered.rolled)
        before = coverage(engine, window.previous()) if compared else Coverage(window, ())
        reading._keep_rolled("rolled_sums", before.rolled + covered.rolled)
        reading._add_before(before.rest if compared else [])
        reading._add_rest(covered.rest)
        return reading

    def rank(self, **values: Any) -> Answer:
        """The rows of `endpoints`; its query says how far percentiles may be off."""
        values |= self.selection.bind(self.window)
        answer = self.engine.ask("endpoints", instead=_RELATIONS, **queries.needed("endpoints", values, _RELATIONS))
        return replace(answer, query=replace(answer.query, percentile_error=PERCENTILE_ERROR))

    def identity(self) -> Answer:
        """The row of `identity`."""
        return self.engine.ask("rolled_identity", from_ns=self.window.from_ns)

    def _keep_rolled(self, question: str, stretches: Iterable[Rolled]) -> None:
        parts = [part for stretch in stretches for part in stretch.parts()]
        for number, (length_ns, part) in enumerate(parts):
            values = {"length_ns": length_ns, "from_ns": part.from_ns, "to_ns": part.to_ns}
            self._keep(question, values, append=number > 0)

    def _add_rest(self, windows: Sequence[Window]) -> None:
        """Adds what is not rolled up of the window."""
        kept_ns = 0
        for window in windows:
            self._keep("stretch_calls", self.selection.bind(window) | {"kept_ns": kept_ns}, append=kept_ns > 0)
            kept_ns = window.to_ns + MINUTE_NS
        if windows:
            values = self.selection.bind(self.window) | {"length_ns": self.window.length_ns}
            self._keep("stretch_sums", values, append=True, into="rolled_sums", instead=_OF_THE_REST)
            self._keep("stretch_durations", values, append=True, into="rolled_durations", instead=_OF_THE_REST)

    def _add_before(self, windows: Sequence[Window]) -> None:
        """Adds what is not rolled up of the window before, as far as a ranking tells of it."""
        for window in windows:
            self._keep("stretch_before", self.selection.bind(window), append=True, into="rolled_sums")

    def _keep(
        self,
        question: str,
        values: Mapping[str, Any],
        *,
        append: bool,
        into: str | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        bound = queries.needed(question, self.selection.bind(self.window) | dict(values), instead)
        self.kept.append(self.engine.keep(question, append=append, into=into, instead=instead, **bound))
