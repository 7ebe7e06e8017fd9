"""Storms as they come and go: started once, lasting, ended once."""

from typing import Any

from hotspan_analysis import open_traces
from hotspan_analysis.selection import Selection
from hotspan_analysis.watch import Watch
from traces import database, ns, request

SAVE = "PUT /exams/{exam}"


def rows_until(now_s: float) -> list[dict[str, Any]]:
    """What is stored at that moment: calm saves, then one that is sent again every second from 300 s to 315 s."""
    calm = [request(SAVE, at=10.0 * index, ms=100) for index in range(30)]
    storm = [request(SAVE, at=300.0 + index, ms=30_000) for index in range(16)]
    seen = [row for row in calm + storm if row["start_ns"] <= ns(now_s)]
    return [row | ({"end_ns": None, "status": None} if row["end_ns"] > ns(now_s) else {}) for row in seen]


def test_a_storm_starts_lasts_and_ends_once_each() -> None:
    watch = Watch(open_traces(database([])), Selection())
    told = []
    for now_s in (290, 308, 312, 330, 380, 400):
        watch.traces = open_traces(database(rows_until(now_s)), now_ns=ns(now_s))
        told += [(now_s, change.what) for change in watch.look()]
    assert told == [(308, "started"), (312, "lasting"), (330, "lasting"), (380, "ended")]


def test_an_open_request_shows_a_storm_before_any_answer() -> None:
    watch = Watch(open_traces(database(rows_until(308.5)), now_ns=ns(308.5)), Selection())
    (change,) = watch.look()
    assert change.what == "started"
    assert change.storm.statuses == {"open": 9}
    assert change.as_dict()["storm"]["endpoint"] == SAVE


def test_nothing_happens_while_nothing_happens() -> None:
    watch = Watch(open_traces(database(rows_until(250)), now_ns=ns(250)), Selection())
    assert watch.look() == []
    assert watch.look() == []
