"""A window reads only the part of the table it is about: shown by what DuckDB says it scanned."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from hotspan_analysis import Window, open_traces, queries
from hotspan_analysis.results import Query
from traces import database, ns, request

ROWS = 1_000_000
GROUPS = ROWS // 122_880
"""DuckDB keeps minima and maxima for each group of 122,880 rows."""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A million requests, one each millisecond, on disk."""
    path: Path = tmp_path_factory.mktemp("pruning") / "many.duckdb"
    with database([request("GET /a", ms=20, seq=0)], path=str(path)) as connection:
        connection.execute(
            "insert into requests by name "
            "select * exclude (duration_ns, n) replace ("
            "n as seq, start_ns + n * 1000000 as start_ns, arrival_ns + n * 1000000 as arrival_ns, "
            "end_ns + n * 1000000 as end_ns, client + n % 1000 as client) "
            "from requests, range(1, $rows) as numbers(n)",
            {"rows": ROWS},
        )
        connection.execute("checkpoint")
        connection.execute(queries.read("macros").body)
        yield connection


def groups_read(connection: duckdb.DuckDBPyConnection, query: Query) -> list[tuple[int, int]]:
    """For each scan of the requests: how many row groups it read, of how many."""
    row = connection.execute(f"explain analyze {query.sql}", dict(query.parameters)).fetchone()
    assert row is not None
    return [(int(read), int(all_)) for read, all_ in re.findall(r"Row Groups Scanned: (\d+) / (\d+)", row[1])]


def queries_of(connection: duckdb.DuckDBPyConnection, question: str, window: Window) -> tuple[Query, ...]:
    traces = open_traces(connection, now_ns=ns(2000))
    if question == "compare":
        return traces.compare(after=window).queries
    return getattr(traces, question)(window).queries[:1]  # type: ignore[no-any-return]  # one of the methods of Traces


@pytest.mark.parametrize("question", ["endpoints", "timeline", "histogram", "clients", "compare"])
@pytest.mark.parametrize("start", [10, 500, 980])
def test_a_short_window_reads_a_small_part(connection: duckdb.DuckDBPyConnection, question: str, start: float) -> None:
    for query in queries_of(connection, question, Window(ns(start), ns(start + 10))):
        scans = groups_read(connection, query)
        assert scans
        for read, of_all in scans:
            assert of_all > GROUPS
            assert read <= 3, (question, scans)


def test_all_the_data_are_read_for_the_whole(connection: duckdb.DuckDBPyConnection) -> None:
    (query,) = queries_of(connection, "histogram", Window(ns(0), ns(1001)))
    assert max(read for read, _ in groups_read(connection, query)) > GROUPS
