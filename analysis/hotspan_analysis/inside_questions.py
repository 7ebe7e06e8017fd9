"""Questions about what happened inside of requests and jobs, and beside them. A short method each.

Each question's module is imported when it is asked, as in request_questions.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from hotspan_analysis.bounds import When, chosen_window, data_window
from hotspan_analysis.selection import Selection
from hotspan_analysis.source_reading import SourceReading

if TYPE_CHECKING:
    from hotspan_analysis.around import Around
    from hotspan_analysis.breakdown import Breakdown
    from hotspan_analysis.difference import Box
    from hotspan_analysis.jobs import Jobs
    from hotspan_analysis.slowest import Slowest
    from hotspan_analysis.waterfall import Waterfall


class InsideQuestions(SourceReading):
    """What requests and jobs of one source did."""

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
