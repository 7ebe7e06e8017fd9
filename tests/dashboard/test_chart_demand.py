"""Demand against latency, of a queue that grows while each request stays the same work."""

from dataclasses import replace
from typing import Any

import pytest

from hotspan_analysis import Window, open_traces
from hotspan_analysis.feedback import Feedback
from hotspan_dashboard.charts.demand import demand, verdict
from traces import database, ns, request

WINDOW = Window(ns(0), ns(120))


def asked(rows: list[dict[str, Any]]) -> Feedback:
    with database(rows) as connection:
        return open_traces(connection, now_ns=ns(120)).feedback("PUT /save", WINDOW)


def queue() -> list[dict[str, Any]]:
    """Calm for a minute, then two a second at a server that does one a second: the wait grows by half a second each."""
    calm = [request("PUT /save", at=at, ms=500, client=str(at)) for at in range(0, 60, 2)]
    busy = [
        request("PUT /save", at=60 + number / 2, ms=1000 * (1 + number / 2), client="ann", target="x")
        for number in range(60)
    ]
    return calm + busy


def test_three_lines_on_one_axis_of_durations() -> None:
    chart = demand(asked(queue()))
    lines = {trace.name: trace for trace in chart.figure.data}
    assert list(lines) == ["latency", "work for one request", "resend gap"]
    assert lines["latency"].y[0] == pytest.approx(500)
    assert max(lines["latency"].y) > 20 * lines["latency"].y[0]
    assert max(each for each in lines["resend gap"].y if each) == pytest.approx(500)
    assert chart.figure.layout.yaxis.type == "log"


def test_where_nothing_was_sent_again_no_line_is_drawn() -> None:
    gap = next(trace for trace in demand(asked(queue())).figure.data if trace.name == "resend gap")
    assert gap.connectgaps is False
    assert gap.y[0] is None
    pause = [request("PUT /save", at=at, ms=50, client=str(at)) for at in (0, 6, 30, 36)]
    latency = demand(asked(pause)).figure.data[0]
    assert [None if each is None else round(each) for each in latency.y] == [50, 50, *[None] * 4, 50, 50]
    assert (latency.x0, latency.dx) == ("2026-09-21 14:13:20", 5000)


def test_where_too_little_is_known_of_the_work_no_line_of_it_is_drawn() -> None:
    crowd = [request("PUT /save", at=at / 10, ms=20_000, client=str(at)) for at in range(200)]
    chart = demand(asked(crowd))
    work = next(trace for trace in chart.figure.data if trace.name == "work for one request")
    assert not any(work.y)
    assert chart.alt.endswith("There is too little to tell whether the work for a request grew.")


def test_a_day_has_no_more_points_than_an_hour() -> None:
    rows = [request("PUT /save", at=at, ms=50, client=str(at)) for at in range(0, 86_400, 40)]
    with database(rows) as connection:
        found = open_traces(connection, now_ns=ns(86_400)).feedback("PUT /save", Window(ns(0), ns(86_400)))
    assert (found.bucket_s, len(found.points)) == (600, 145)
    assert len(demand(found).figure.data[0].y) == 145


def test_it_says_that_the_rest_was_waiting() -> None:
    found = asked(queue())
    assert verdict(found).endswith("the rest was waiting in the queue.")
    assert demand(found).alt == (
        "Latency and work per request, 2026-09-21 14:13:20 to 14:15:20 UTC (2.00 min). " + verdict(found)
    )


@pytest.mark.parametrize(
    ("latency", "work", "end"),
    [
        (1.2, 1.0, "as long as in the calmest: it never got slow."),
        (9.0, 1.1, "took 9.00 times as long as in the calmest, the work for it 1.10 times: the rest was waiting in the queue."),
        (9.0, 8.0, "the work for it 8.00 times: the work itself grew."),
        (9.0, None, "There is too little to tell whether the work for a request grew."),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_figures(latency: float, work: float | None, end: str) -> None:
    assert verdict(replace(asked(queue()), latency_growth=latency, demand_growth=work)).endswith(end)


def test_one_request_tells_nothing() -> None:
    chart = demand(asked([request("PUT /save", at=1, ms=5)]))
    assert chart.alt.endswith("There is too little to tell whether the work for a request grew.")
