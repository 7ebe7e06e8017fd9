"""A recording on the story's clock, worked out by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from hotspan_analysis import open_traces
from hotspan_sample_traces.retelling import retell, write_store
from hotspan_sample_traces.story_clock import StoryClock
from traces import below, database, ns, request, served, span

DAY_NS = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 10**9
SECOND_NS = 10**9
AN_HOUR_IN_A_MINUTE = StoryClock(ns(0), 8 * 3600.0, 60.0)
AS_IT_WAS = StoryClock(ns(0), 9.5 * 3600.0, 3600.0)


def retold(connection: duckdb.DuckDBPyConnection, clock: StoryClock) -> duckdb.DuckDBPyConnection:
    """A connection that sees these rows as views, as readers of a store do, on that clock."""
    for relation in ("requests", "spans"):
        connection.execute(f"alter table {relation} rename to recorded_{relation}")
        connection.execute(f"create view {relation} as from recorded_{relation}")
    retell(connection, clock, DAY_NS)
    return connection


def times(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[Any, ...]]:
    """Start after the story's midnight and duration, in seconds, in order of start."""
    return connection.execute(
        f"select (start_ns - {DAY_NS}) / 1e9, (end_ns - start_ns) / 1e9 from {relation} order by start_ns, end_ns"  # noqa: S608  our own names
    ).fetchall()


def test_where_an_hour_is_an_hour_everything_moves_by_the_same() -> None:
    connection = retold(database([request(at=1, ms=500), request(at=3.25, ms=100)]), AS_IT_WAS)
    assert times(connection, "requests") == [(9.5 * 3600 + 1, 0.5), (9.5 * 3600 + 3.25, 0.1)]


def test_where_hours_are_short_traces_move_apart_and_keep_their_durations() -> None:
    connection = retold(database([request(at=1, ms=500), request(at=60, ms=100)]), AN_HOUR_IN_A_MINUTE)
    assert times(connection, "requests") == [(8 * 3600 + 60, 0.5), (9 * 3600, 0.1)]


def test_a_trace_moves_as_a_whole() -> None:
    asked, server = served(at=2, ms=300)
    connection = retold(
        database([asked | {"arrival_ns": ns(1.9)}], [server, below(server, at=2.1, ms=50)]), AN_HOUR_IN_A_MINUTE
    )
    start_s = 8 * 3600 + 120.0
    assert times(connection, "requests") == [(start_s, 0.3)]
    assert times(connection, "spans") == [(start_s, 0.3), (start_s + 0.1, 0.05)]
    (arrival_ns,) = connection.execute("select arrival_ns from requests").fetchall()[0]
    assert arrival_ns == DAY_NS + round((start_s - 0.1) * SECOND_NS)


def test_a_job_and_a_request_without_a_trace_move_too_and_none_is_lost() -> None:
    connection = retold(database([request(at=0), request(at=30), request(at=30)], [span(at=40)]), AN_HOUR_IN_A_MINUTE)
    assert [start for start, _ in times(connection, "requests")] == [8 * 3600, 8.5 * 3600, 8.5 * 3600]
    assert [start for start, _ in times(connection, "spans")] == [8 * 3600 + 2400]


def test_what_is_still_open_stays_open() -> None:
    connection = retold(database([request(at=1, ms=None)]), AS_IT_WAS)
    assert connection.execute("select end_ns from requests").fetchall() == [(None,)]


def test_the_machine_is_not_named() -> None:
    connection = retold(database([request(instance="lab-7.example:4711")], [span(instance="lab-7:4711")]), AS_IT_WAS)
    for relation in ("requests", "spans"):
        assert connection.execute(f"select instance from {relation}").fetchall() == [("exam:4711",)]  # noqa: S608  the same


def test_as_a_store_it_holds_the_same_and_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    connection = retold(database([request(at=1), request("GET /b", at=2)], [span(at=3)]), AS_IT_WAS)
    write_store(connection, tmp_path / "sample.duckdb")
    write_store(connection, tmp_path / "sample.duckdb")
    assert (tmp_path / "sample.duckdb").stat().st_size < 400_000
    traces = open_traces(tmp_path / "sample.duckdb")
    assert {row.endpoint: row.requests for row in traces.endpoints(kind="web")} == {"GET /": 1, "GET /b": 1}
    assert list(traces.query("select count(*) as spans from spans").as_dicts()) == [{"spans": 1}]
