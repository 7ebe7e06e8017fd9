"""Questions about requests: which, how many, how long, when, whose. A short method each.

Each question's module is imported when it is asked: `hotspan top` must not wait for what it does not ask.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from hotspan_analysis.bounds import When, chosen_window, data_window
from hotspan_analysis.engine import Engine
from hotspan_analysis.selection import Filters, Selection
from hotspan_analysis.source_reading import SourceReading
from hotspan_analysis.sources import StoreDirectory
from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    from hotspan_analysis.apdex import Apdex
    from hotspan_analysis.clients import Clients
    from hotspan_analysis.compare import Comparison
    from hotspan_analysis.course import Course
    from hotspan_analysis.difference import Box, Differences
    from hotspan_analysis.endpoints import Ranking
    from hotspan_analysis.lanes import Lanes
    from hotspan_analysis.results import Rows
    from hotspan_analysis.timeline import Cell, Timeline
    from hotspan_analysis.traces import Traces
    from hotspan_analysis.trends import Trend


class RequestQuestions(SourceReading):
    """What the requests of one source add up to."""

    def endpoints(
        self,
        window: When = None,
        *,
        sort: str = "time",
        apdex: Apdex | None = None,
        exact: bool = False,
        **only: Unpack[Filters],
    ) -> Ranking:
        """Which endpoints eat the server's time? The costliest first, compared with the window just before.

        Of a store of millions, sums are rolled up when they are first asked for, and percentiles are within 1 % of
        their value; `exact` reads every row.
        """
        from hotspan_analysis import rolling_up
        from hotspan_analysis.apdex import Apdex
        from hotspan_analysis.ranking import Asked

        asked = Asked(window, Selection.of(**only), sort, apdex or Apdex.from_environment(), exact)
        store = self._source if isinstance(self._source, StoreDirectory) else None
        with self.reading() as engine:
            meant = engine.at_once(lambda: asked.meant(engine))
            missing = engine.at_once(lambda: asked.missing(engine, meant)) if store else None
            if not store or missing is None:
                return engine.at_once(lambda: asked.ranking(engine, meant))
        rolling_up.roll_up(store.path, missing, engine.now_ns, self._rolling_bar)
        with self.reading() as engine:
            return engine.at_once(lambda: asked.ranking(engine, meant))

    def timeline(self, window: When = None, *, buckets: int = 60, **only: Unpack[Filters]) -> Timeline:
        """How did it go over time? At most that many buckets of a round width, empty ones included."""
        from hotspan_analysis.timeline import timeline

        with self.reading() as engine:
            return timeline(engine, chosen_window(engine, window), Selection.of(**only), buckets=buckets)

    def trends(self, window: When = None, *, buckets: int = 30, **only: Unpack[Filters]) -> Rows[Trend]:
        """How did each endpoint go over time? The figures of each over the buckets of `timeline`."""
        from hotspan_analysis.trends import trends

        with self.reading() as engine:
            return trends(engine, chosen_window(engine, window), Selection.of(**only), buckets=buckets)

    def course(
        self, window: When = None, *, buckets: int = 30, kind: str = "web", service: str | None = None
    ) -> Course | None:
        """How did much go over time, out of roll-ups? None where rows tell: then `timeline` and `trends` do."""
        from hotspan_analysis.course import course

        with self.reading() as engine:
            chosen = chosen_window(engine, window)
            return engine.at_once(
                lambda: course(engine, chosen, Selection(service=service), buckets=buckets, kind=kind)
            )

    def histogram(self, window: When = None, *, buckets: int = 60, **only: Unpack[Filters]) -> Rows[Cell]:
        """How did durations spread over time? The cells of a heatmap over the buckets of `timeline`."""
        from hotspan_analysis.timeline import histogram

        with self.reading() as engine:
            return histogram(engine, chosen_window(engine, window), Selection.of(**only), buckets=buckets)

    def difference(self, box: Box, window: When = None, **only: Unpack[Filters]) -> Differences:
        """What sets the requests in a box of the heatmap apart from the rest of the window?"""
        from hotspan_analysis.difference import difference

        with self.reading() as engine:
            return difference(engine, chosen_window(engine, window), Selection.of(**only), box)

    def lanes(self, window: When = None, **only: Unpack[Filters]) -> Lanes:
        """Which requests overlapped: every one that was open in the window, from when to when, repeated or not?"""
        from hotspan_analysis.lanes import lanes

        with self.reading() as engine:
            return lanes(engine, chosen_window(engine, window), Selection.of(**only))

    def clients(self, window: When = None, *, sort: str = "time", **only: Unpack[Filters]) -> Clients:
        """Which clients hammer the server, or one endpoint of it? What one of them asks for: endpoints(client=...)."""
        from hotspan_analysis.clients import clients

        with self.reading() as engine:
            return clients(engine, chosen_window(engine, window), Selection.of(**only), sort=sort)

    def compare(
        self,
        before: When = None,
        after: When = None,
        *,
        baseline: Traces | None = None,
        versions: tuple[str, str] | None = None,
        **only: Unpack[Filters],
    ) -> Comparison:
        """What changed between two windows, between a `baseline` and these traces, or between two service versions?

        Without `before` it is the window just before `after`; for a baseline, all of it; for versions, each while it
        ran. Raises BadInputError when there is nothing to tell the two sides apart.
        """
        from hotspan_analysis.compare import compare, side

        if before is None and after is None and baseline is None and versions is None:
            raise BadInputError("there is only one side: name a window before, another source, or two versions")
        earlier, later = _versions(only, versions)
        with self.reading() as engine:
            new = side(engine, _ran(engine, after, later, versions), later)
            if baseline is None:
                start = new.window.previous() if before is None and not versions else before
                old = side(engine, _ran(engine, start, earlier, versions), earlier)
        if baseline is not None:
            with baseline.reading() as engine:
                old = side(engine, _ran(engine, before, earlier, versions), earlier)
        return compare(old, new)


def _versions(only: Filters, versions: tuple[str, str] | None) -> tuple[Selection, Selection]:
    selection = Selection.of(**only)
    if versions is None:
        return selection, selection
    return replace(selection, version=versions[0]), replace(selection, version=versions[1])


def _ran(engine: Engine, when: When, selection: Selection, versions: tuple[str, str] | None) -> Window:
    return chosen_window(engine, when, data_window(engine, selection if versions else None))
