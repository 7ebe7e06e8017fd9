"""What is rolled up is forgotten as soon as a row comes or goes that it adds up, or that makes duplicates in it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import raw_spans
import stores
from foreign_files import written
from hotspan_collector import database, merge, retention, rollups, schema
from hotspan_collector.errors import StoreError
from hotspan_collector.importers import import_files
from hotspan_collector.importers.into_store import import_into
from hotspan_collector.layout import Layout
from hotspan_collector.retention import Retention
from hotspan_collector.rollups import DAY_NS, HOUR_NS, MINUTE_NS
from hotspan_collector.secret import Secret
from hotspan_collector.store import Store
from traces import EPOCH_NS, ns, request, span

BEGIN_NS = EPOCH_NS - EPOCH_NS % HOUR_NS
"""The hour that second zero is in."""
ZERO = 13
"""Second zero is in this minute of its hour, 20 s after it began."""
LOG_LINE = '192.0.2.7 - - [21/Sep/2026:15:13:20 +0000] "GET /a HTTP/1.1" 200 5 "-" "test" 0.250\n'


@pytest.fixture
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    with database.memory(threads=1) as connection:
        yield connection


@pytest.fixture
def root(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> Path:
    """A store with every minute of five hours rolled up, and each of the hours."""
    Layout(tmp_path).make()
    database.create(memory, Layout(tmp_path).database)
    with duckdb.connect(str(Layout(tmp_path).database)) as connection:
        roll_up(connection)
    return tmp_path


def roll_up(connection: duckdb.DuckDBPyConnection) -> None:
    for length_ns in (MINUTE_NS, HOUR_NS):
        connection.execute(
            "insert into rollups select $length, from_ns, from_ns + $length, $length = $minute, 0, null, null "
            "from range($begin, $begin + 5 * $hour, $length) as stretches(from_ns)",
            {"length": length_ns, "minute": MINUTE_NS, "begin": BEGIN_NS, "hour": HOUR_NS},
        )


def missing(connection: duckdb.DuckDBPyConnection) -> tuple[list[int], list[int]]:
    """Which minutes and which hours of the five are no longer rolled up, counted from the hour of second zero."""
    left = set(connection.execute("select length_ns, from_ns from rollups").fetchall())
    gone = {
        length_ns: [n for n in range(5 * HOUR_NS // length_ns) if (length_ns, BEGIN_NS + n * length_ns) not in left]
        for length_ns in (MINUTE_NS, HOUR_NS)
    }
    return gone[MINUTE_NS], gone[HOUR_NS]


def forgotten(root: Path) -> tuple[list[int], list[int]]:
    with duckdb.connect(str(Layout(root).database), read_only=True) as connection:
        return missing(connection)


def merged(root: Path, memory: duckdb.DuckDBPyConnection, **rows: Any) -> None:
    stores.seal(root, **rows)
    assert merge.merge(Layout(root), memory)


def minutes(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


def test_a_request_counts_in_its_minute_and_may_matter_to_those_beside_it(
    root: Path, memory: duckdb.DuckDBPyConnection
) -> None:
    """Whether one repeats another is told by when it arrived, up to a minute before it started."""
    merged(root, memory, requests=[request(at=60 * 60 + 10, ms=10)])
    assert forgotten(root) == (minutes(72, 74), [1])


def test_what_is_open_for_long_matters_for_as_long(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, requests=[request(at=0, ms=10 * 60_000)])
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 11), [0])


def test_but_for_an_hour_at_most(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, requests=[request(at=0, ms=3 * 3_600_000)])
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 61), [0, 1])


def test_a_stream_makes_no_duplicates(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, requests=[request(at=0, ms=3 * 3_600_000, kind="held_open")])
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 1), [0])


def test_a_request_without_an_end_may_matter_for_an_hour(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, requests=[request(at=0, ms=None)])
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 61), [0, 1])


def test_each_of_many_is_looked_at(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, requests=[request(at=0, ms=1), request(at=4 * 3600, ms=1)])
    assert forgotten(root) == (minutes(12, 14) + minutes(252, 254), [0, 4])


def test_what_comes_after_all_that_is_rolled_up_forgets_nothing(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, requests=[request(at=6 * 3600, ms=1)], spans=[span(at=6 * 3600)])
    assert forgotten(root) == ([], [])


def test_a_job_is_forgotten_and_what_is_inside_of_a_trace_is_not(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(root, memory, spans=[span(at=0, ms=9_000_000), span(at=3600, parent_span_id="ab" * 8)])
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 1), [0])


def test_a_final_row_takes_the_place_of_one_thought_unfinished(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    row = request(at=0, ms=20 * 60_000, seq=7, unfinished=True)
    with duckdb.connect(str(Layout(root).database)) as connection:
        names, values = ", ".join(row), ", ".join(f"${name}" for name in row)
        connection.execute(f"insert into requests ({names}) values ({values})", row)  # noqa: S608  # names of columns
    merged(root, memory, requests=[request(at=0, ms=1, seq=7)])
    assert stores.rows(root, "select unfinished from requests") == [(False,)]
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 21), [0])


def test_what_a_dead_process_left_behind(root: Path, memory: duckdb.DuckDBPyConnection) -> None:
    memory.execute("create temp table snapshot_requests as select 'web' as kind, $start as start_ns, $end as end_ns",
                   {"start": ns(0), "end": ns(60)})  # fmt: skip
    with database.attached(memory, Layout(root).database, read_only=False), database.using(memory, database.NAME):
        rollups.forget(memory, "unfinished")
    assert forgotten(root) == (minutes(ZERO - 1, ZERO + 2), [0])


def test_the_request_of_a_server_span_comes_and_one_told_of_twice_goes() -> None:
    """The inner span came first and became the request; the outer one shows it to be part of another."""
    with raw_spans.connect() as connection:
        inner = raw_spans.server_span(at=61, ms=1000, parent_span_id="cd" * 8, trace_id="ab" * 16)
        raw_spans.merge(connection, inner)
        roll_up(connection)
        outer = raw_spans.server_span(
            at=0, ms=120_000, attributes={"client.address": "10.0.0.7"}, trace_id="ab" * 16, span_id="cd" * 8
        )
        raw_spans.merge(connection, outer)
        assert connection.execute("select start_ns from requests").fetchall() == [(ns(0),)]
        assert missing(connection) == (minutes(ZERO - 1, ZERO + 3), [0])


def test_what_is_pruned_is_forgotten_with_what_it_made_duplicates_in(
    root: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged(root, memory, requests=[request(at=8 * 3600, ms=1)])
    with duckdb.connect(str(Layout(root).database)) as connection:
        connection.execute("insert into rollup_durations select $h, $b, 1, 0, 1, 0", {"h": HOUR_NS, "b": BEGIN_NS})
    monkeypatch.setattr(time, "time_ns", lambda: BEGIN_NS + DAY_NS + 2 * HOUR_NS)
    retention.prune(Layout(root), memory, Retention(1, None), compact=True)
    assert forgotten(root) == (minutes(0, 181), [0, 1, 2, 3])
    assert stores.rows(root, "select count(*) from rollup_durations") == [(0,)]


def test_files_that_are_added_to_a_store(root: Path, tmp_path: Path) -> None:
    import_into(root, [written(tmp_path, "a", LOG_LINE)])
    assert forgotten(root) == (minutes(72, 74), [1])


def test_files_that_are_imported_into_a_database(root: Path, tmp_path: Path) -> None:
    with Store(root).writing() as connection:
        import_files([written(tmp_path, "a", LOG_LINE)], connection, secret=Secret.of(b"0" * 32))
        assert missing(connection) == (minutes(72, 74), [1])


def test_a_merge_that_fails_forgets_nothing(
    root: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.seal(root, [request(at=0)])
    forget = rollups.forget

    def forgetting(*arguments: Any, **values: Any) -> None:
        forget(*arguments, **values)
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr(rollups, "forget", forgetting)
    with pytest.raises(StoreError, match="disk is full"):
        merge.merge(Layout(root), memory)
    assert forgotten(root) == ([], [])


def test_a_store_of_the_first_version_is_read_as_it_is_and_gets_what_it_lacks_when_written_to(
    root: Path, memory: duckdb.DuckDBPyConnection
) -> None:
    with duckdb.connect(str(Layout(root).database)) as connection:
        for table in ("rollups", "rollup_sums", "rollup_durations"):
            connection.execute(f"drop table {table}")
        connection.execute("update meta set value = '1' where key = 'schema_version'")
    version = "select value from meta where key = 'schema_version'"
    assert stores.rows(root, version) == [("1",)]
    merged(root, memory, requests=[request()])
    assert stores.rows(root, version) == [(str(schema.VERSION),)]
    assert stores.rows(root, "select count(*) from rollups") == [(0,)]


def test_a_higher_version_stays_one(root: Path) -> None:
    with duckdb.connect(str(Layout(root).database)) as connection:
        connection.execute("update meta set value = '99' where key = 'schema_version'")
        schema.create_tables(connection)
        assert connection.execute("select value from meta where key = 'schema_version'").fetchall() == [("99",)]


def test_whole_stretches_are_made_of_parts_that_are_all_there(root: Path) -> None:
    with duckdb.connect(str(Layout(root).database)) as connection:
        connection.execute("delete from rollups")
        _hold_a_request_a_minute(connection, 0, 59)
        rollups.put(connection, BEGIN_NS, BEGIN_NS + 59 * MINUTE_NS, MINUTE_NS)
        held = "select length_ns / 60e9, count(*), sum(requests) from rollups group by all order by all"
        assert connection.execute(held).fetchall() == [(1, 59, 59), (10, 5, 50)]
        _hold_a_request_a_minute(connection, 59, 60)
        rollups.put(connection, BEGIN_NS + 59 * MINUTE_NS, BEGIN_NS + HOUR_NS, MINUTE_NS)
        assert connection.execute(held).fetchall() == [(1, 60, 60), (10, 6, 60), (60, 1, 60)]
        sums = "select sum(total_time_ns), max(longest_ns) from rollup_sums where length_ns = $hour"
        assert connection.execute(sums, {"hour": HOUR_NS}).fetchall() == [(sum(range(60)), 59)]
        spread = "select bucket, sum(requests) from rollup_durations where length_ns = $hour group by all order by all"
        assert connection.execute(spread, {"hour": HOUR_NS}).fetchall() == [(0, 30), (1, 30)]


def _hold_a_request_a_minute(connection: duckdb.DuckDBPyConnection, first: int, after: int) -> None:
    """What a roll-up works out beforehand, of one endpoint; minute n's request takes n ns."""
    connection.execute(
        "create or replace temp table stretch_sums as select $begin + n * 60000000000 as from_ns, 1::ubigint as endpoint, "
        "'app' as service, 'web' as kind, 'GET' as method, '/' as route, 1 as requests, n as total_time_ns, "
        "n as longest_ns, 0 as errors, 0 as aborted, 0 as still_open, 0 as unfinished, 0 as queue_time_ns, "
        "0 as by_address, 0 as without_start, 0 as duplicates, 0 as repeated_ns "
        "from range($first, $after) as minutes(n)",
        {"begin": BEGIN_NS, "first": first, "after": after},
    )
    connection.execute(
        "create or replace temp table stretch_durations as "
        "select from_ns, endpoint, total_time_ns % 2 as bucket, 1 as requests, 0 as errors from stretch_sums"
    )
    connection.execute(
        "create or replace temp table stretch_bounds as "
        "select from_ns, from_ns as first_ns, from_ns + 1 as after_ns from stretch_sums"
    )
