"""A source of traces, and the questions one can ask of it: a short method each, which makes it longer than other modules.

Each question's module is imported when it is asked: `hotspan top` must not wait for what it does not ask.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Unpack

from hotspan_analysis.bounds import When, chosen_window, data_window
from hotspan_analysis.clickhouse.source import ClickHouse
from hotspan_analysis.engine import DuckEngine, Engine
from hotspan_analysis.selection import Filters, Selection
from hotspan_analysis.sources import Source, StoreDirectory, source_of
from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    from hotspan_analysis.amplification import Amplification
    from hotspan_analysis.apdex import Apdex
    from hotspan_analysis.around import Around
    from hotspan_analysis.breakdown import Breakdown
    from hotspan_analysis.check import Check
    from hotspan_analysis.clients import Clients
    from hotspan_analysis.compare import Comparison
    from hotspan_analysis.course import Course
    from hotspan_analysis.difference import Box, Differences
    from hotspan_analysis.endpoints import Ranking
    from hotspan_analysis.feedback import Feedback
    from hotspan_analysis.jobs import Jobs
    from hotspan_analysis.lanes import Lanes
    from hotspan_analysis.own_sql import Table
    from hotspan_analysis.replay import Change
    from hotspan_analysis.results import Rows
    from hotspan_analysis.rolling_up import RollingBar
    from hotspan_analysis.rules import Rules
    from hotspan_analysis.slowest import Slowest
    from hotspan_analysis.sources import Bar, Given
    from hotspan_analysis.storm_results import Incident, StormReport
    from hotspan_analysis.storm_settings import StormSettings
    from hotspan_analysis.timeline import Cell, Timeline
    from hotspan_analysis.trends import Trend
    from hotspan_analysis.waterfall import Waterfall
    from hotspan_analysis.what_if_results import WhatIf


def open_traces(
    source: Given = None,
    *,
    now_ns: int | None = None,
    bar: Bar | None = None,
    rolling_bar: RollingBar | None = None,
) -> Traces:
    """Opens a store directory, a .duckdb file, trace files or logs (a list or a glob too), or a DuckDB connection;
    or a ClickHouse that a Collector writes to: `clickhouse://user@host:8123/database?table=otel_traces`.

    Without a source it is the store that HOTSPAN_STORE names, else `.hotspan`. Nothing is read yet, and nothing is
    held open between questions. `now_ns` fixes the moment until which open requests last; else that is now for a
    store, and the last moment recorded for anything else. `bar` shows how far files are read, `rolling_bar`
    how much of a large store is rolled up.
    """
    return Traces(source_of(source, bar), now_ns, rolling_bar)


class Traces:
    """Answers questions about one source. Each method is one question; each opens the source only while it runs."""

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

    def breakdown(
        self,
        endpoint: str,
        window: When = None,
        *,
        service: str | None = None,
        version: str | None = None,
        status: str | None = None,
        client: str | None = None,
    ) -> Breakdown:
        """Where does the time of an endpoint or job go, and which of its statements and calls cost most?"""
        from hotspan_analysis.breakdown import breakdown

        only = Selection.of(endpoint=endpoint, service=service, version=version, status=status, client=client)
        with self.reading() as engine:
            return breakdown(engine, chosen_window(engine, window), only, endpoint)

    def slowest(
        self,
        endpoint: str | None = None,
        window: When = None,
        *,
        limit: int | None = 20,
        box: Box | None = None,
        service: str | None = None,
        version: str | None = None,
        status: str | None = None,
        client: str | None = None,
    ) -> Slowest:
        """Which requests (of an endpoint, or any) took longest, and what are their traces? `box`: only those in it."""
        from hotspan_analysis.slowest import slowest

        only = Selection.of(endpoint=endpoint, service=service, version=version, status=status, client=client)
        with self.reading() as engine:
            if box is None:
                return slowest(engine, chosen_window(engine, window), only, limit)
            lasting = {"shortest_ms": box.shortest_ms, "longest_ms": box.longest_ms}
            return slowest(engine, box.window, only, limit, **lasting)

    def trace(self, trace_id: str) -> Waterfall:
        """What happened in this trace? Its id, or the first digits of it."""
        from hotspan_analysis.waterfall import trace

        with self.reading() as engine:
            return trace(engine, trace_id)

    def jobs(self, window: When = None, *, service: str | None = None, zone: tzinfo | None = None) -> Jobs:
        """Which jobs run, how often, when next, and are they late, colliding or getting slower?"""
        from hotspan_analysis.jobs import jobs

        with self.reading() as engine:
            return jobs(engine, chosen_window(engine, window), Selection(service=service), zone)

    def storms(
        self, window: When = None, *, settings: StormSettings | None = None, **only: Unpack[Filters]
    ) -> StormReport:
        """Which clients repeat their requests before they have an answer or after a failure, how, and at what cost?"""
        from hotspan_analysis.storm_settings import StormSettings
        from hotspan_analysis.storms import storms

        with self.reading() as engine:
            return storms(engine, chosen_window(engine, window), Selection.of(**only), settings or StormSettings())

    def check(
        self, rules: Rules, window: When = None, *, service: str | None = None, baseline: Traces | None = None
    ) -> Check:
        """Which of these rules are broken, and by whom? `max_regression` compares with all of the baseline.

        Raises BadInputError for a rule that these traces cannot be held against: an endpoint that is not there, no
        baseline, no requests at all.
        """
        from hotspan_analysis.check import check
        from hotspan_analysis.check_facts import Facts, side_of_baseline

        other = baseline or (open_traces(rules.baseline) if rules.baseline else None)
        old = side_of_baseline(rules, other, service)
        with self.reading() as engine:
            return check(Facts(engine, chosen_window(engine, window), service, old), rules)

    def proposed_rules(self, window: When = None, *, service: str | None = None) -> str:
        """Which rules could one begin with? The text of a rules file that leaves some room above what is there now."""
        from hotspan_analysis.check_facts import Facts
        from hotspan_analysis.proposed_rules import proposed_rules

        with self.reading() as engine:
            return proposed_rules(Facts(engine, chosen_window(engine, window), service, None))

    def amplification(self, window: When = None, *, service: str | None = None) -> Rows[Amplification]:
        """How many requests does each endpoint get for each thing its clients want?"""
        from hotspan_analysis.amplification import amplification

        with self.reading() as engine:
            return amplification(engine, chosen_window(engine, window), Selection(service=service))

    def feedback(self, endpoint: str, window: When = None, *, service: str | None = None) -> Feedback:
        """How did latency, load, work per request and resend gap of an endpoint go together?"""
        from hotspan_analysis.feedback import feedback, service_of
        from hotspan_analysis.storms import storms

        with self.reading() as engine:
            chosen = chosen_window(engine, window)
            found = storms(engine, chosen, Selection.of(endpoint=endpoint, service=service)).storms
            return feedback(engine, chosen, service or service_of(engine, chosen, endpoint), endpoint, found)

    def what_if(
        self,
        endpoint: str | None = None,
        window: When = None,
        *,
        incident: Incident | None = None,
        service: str | None = None,
        changes: Sequence[Change] | None = None,
        runs: int = 20,
    ) -> WhatIf:
        """What would fix an incident: its clients, a faster endpoint, more workers, or several of these?

        The incident given, or the worst of the endpoint, or of all. Without `changes` it is each of the three (twice as
        fast, two workers more) and every combination. When nobody can tell, `refusal` of the result says why.
        """
        from hotspan_analysis.scenarios import STANDARD
        from hotspan_analysis.storms import storms
        from hotspan_analysis.what_if import nothing_to_fix, what_if

        with self.reading() as engine:
            chosen = chosen_window(engine, window)
            if incident is None:
                found = storms(engine, chosen, Selection.of(endpoint=endpoint, service=service)).incidents
                if not found:
                    return nothing_to_fix(chosen, endpoint, service)
                incident = found[0]
            return what_if(engine, chosen, incident, STANDARD if changes is None else changes, runs)

    def around(
        self,
        moment: str | int,
        window: When = None,
        *,
        length: str = "1m",
        service: str | None = None,
        zone: tzinfo | None = None,
    ) -> Around:
        """What ran at 09:40, and was it unusual? The window is what it is compared with, all the data by default."""
        from hotspan_analysis.around import around, moment_meant
        from hotspan_analysis.window import parse_duration, parse_window

        with self.reading() as engine:
            data = data_window(engine)
            compared = parse_window(window, data, zone=zone) if isinstance(window, str) else window or data
            moment_ns = moment_meant(moment, compared, zone)
            return around(engine, moment_ns, compared, length_ns=parse_duration(length), service=service, zone=zone)


def _versions(only: Filters, versions: tuple[str, str] | None) -> tuple[Selection, Selection]:
    selection = Selection.of(**only)
    if versions is None:
        return selection, selection
    return replace(selection, version=versions[0]), replace(selection, version=versions[1])


def _ran(engine: Engine, when: When, selection: Selection, versions: tuple[str, str] | None) -> Window:
    return chosen_window(engine, when, data_window(engine, selection if versions else None))
