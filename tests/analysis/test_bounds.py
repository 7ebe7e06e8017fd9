import time
from typing import Any

import pytest

from hotspan_analysis import Window, open_traces
from hotspan_analysis.window import SECOND_NS
from traces import database, ns, request, span

Row = dict[str, Any]


def bounds(rows: list[Row], spans: list[Row] | None = None, when: Any = None, now: float | None = 60) -> Window:
    with database(rows, spans or []) as connection:
        return open_traces(connection, now_ns=None if now is None else ns(now)).window(when)


def test_whole_seconds_around_the_data() -> None:
    assert bounds([request(at=1.2, ms=100), request(at=3, ms=2500)]) == Window(ns(1), ns(6))


def test_a_request_at_the_very_end_is_inside() -> None:
    assert bounds([request(at=0, ms=0), request(at=5, ms=0)]) == Window(ns(0), ns(6))


def test_an_open_request_reaches_until_now() -> None:
    assert bounds([request(at=0, ms=None)]) == Window(ns(0), ns(60))


def test_jobs_are_data_too_but_what_happens_inside_requests_is_not() -> None:
    spans = [span(at=-10, ms=1000), span(at=90, ms=10, parent_span_id="1" * 16)]
    assert bounds([request(at=0, ms=1000)], spans) == Window(ns(-10), ns(1))


def test_without_data_it_is_the_second_that_is_now() -> None:
    assert bounds([], now=30.5) == Window(ns(30), ns(31))


def test_without_data_or_a_fixed_clock_it_is_this_second() -> None:
    found = bounds([], now=None)
    assert abs(found.from_ns - time.time_ns()) < 600 * SECOND_NS


@pytest.mark.parametrize("when", ["2s", Window(ns(4), ns(6))])
def test_a_window_as_a_person_writes_it_or_as_it_is(when: Any) -> None:
    assert bounds([request(at=0, ms=6000)], when=when) == Window(ns(4), ns(6))
