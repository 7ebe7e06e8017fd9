"""Rankings out of roll-ups are those out of all rows: sums exactly, percentiles within 1 %."""

import math
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stores
from hotspan_analysis import Window, open_traces, rolling_up, rollups
from hotspan_analysis.apdex import Apdex
from hotspan_analysis.endpoints import Ranking
from hotspan_analysis.engine import DuckEngine
from hotspan_analysis.results import percentile_error
from hotspan_analysis.rollups import PERCENTILE_ERROR, Coverage, Rolled, possible
from hotspan_analysis.selection import Selection
from hotspan_collector.layout import Layout
from hotspan_collector.processes import Process
from hotspan_collector.retention import DAY_NS as A_DAY_NS
from hotspan_collector.retention import Retention
from hotspan_collector.rollups import DAY_NS, HOUR_NS, LENGTHS_NS, MINUTE_NS, TEN_MINUTES_NS
from hotspan_collector.store import Store
from slow_answers import quantile, requests_of_a_few_clients
from traces import database, ns, number, request, span

Row = dict[str, Any]
PERCENTILES = ("p50_ms", "p95_ms", "p99_ms")
NOW_NS = ns(12 * 3600)
GROUPS_AT_S = (0, 35, 2795, 2795 + 3600, 9000, 35_200)
"""Seconds after which requests collide: on the border of a minute, of hours and of a day among them."""


@pytest.fixture(autouse=True)
def few_are_many() -> Iterator[None]:
    """What pays for a million requests is done for one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "LEAST_REQUESTS", 1)
        patch.setattr(rollups, "LEAST_STORED", 1)
        patch.setattr(rolling_up, "EDGE_ROWS", 2)
        yield


def ranked(root: Path, window: Any = None, **more: Any) -> Ranking:
    return open_traces(root, now_ns=NOW_NS).endpoints(window, **more)


def agree(root: Path, window: Any = None, **more: Any) -> Ranking:
    """Ranks with and without roll-ups, and holds one to the other; returns what came out of roll-ups."""
    rolled, raw = ranked(root, window, **more), ranked(root, window, exact=True, **more)
    assert percentile_error(raw.queries) == 0.0
    assert rolled.window == raw.window
    by_name = {(row.service, row.kind, row.endpoint): asdict(row) for row in raw}
    assert len(rolled) == len(raw)
    for row in rolled:
        found, expected = asdict(row), by_name[row.service, row.kind, row.endpoint]
        for name in PERCENTILES:
            assert found.pop(name) == pytest.approx(expected.pop(name), rel=PERCENTILE_ERROR, abs=1e-6), name
        assert found == expected
    assert [warning.code for warning in rolled.warnings] == [warning.code for warning in raw.warnings]
    return rolled


def is_rolled(ranking: Ranking) -> bool:
    return percentile_error(ranking.queries) == PERCENTILE_ERROR


def held(root: Path) -> dict[float, int]:
    """How many stretches of how many minutes are rolled up."""
    return dict(stores.rows(root, "select length_ns / 60e9, count(*) from rollups group by all"))


def some_rows(count: int = 600, hours: float = 5) -> list[Row]:
    """Requests of a few clients in some hours, the same every time."""
    chance = random.Random(count)
    rows = []
    for _ in range(count):
        row = request(
            chance.choice(["GET /a", "PUT /b"]),
            at=chance.random() * hours * 3600,
            ms=chance.lognormvariate(5, 3),
            client=chance.choice(["ann", "bob"]),
            status=chance.choice([200, 200, 503]),
            aborted=chance.random() < 0.1,
            service_version=chance.choice(["1", "2"]),
        )
        rows.append(row | {"arrival_ns": row["start_ns"] - int(chance.random() * 2e9)})
    return rows


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with five hours of requests and a job."""
    stores.seal(tmp_path, some_rows(), [span("nightly", at=at * 1000, ms=100) for at in range(15)])
    return tmp_path


@pytest.fixture(scope="module")
def rolled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of such a store, rolled up; nobody writes to it."""
    root = tmp_path_factory.mktemp("rolled")
    stores.seal(root, some_rows(), [span("nightly", at=at * 1000, ms=100) for at in range(15)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "LEAST_REQUESTS", 1)
        patch.setattr(rollups, "LEAST_STORED", 1)
        patch.setattr(rolling_up, "EDGE_ROWS", 60)
        ranked(root)
    return Layout(root).database


ODD = Window(ns(100.5), ns(17_000.25))


def test_sums_agree_and_percentiles_are_within_one_percent(root: Path) -> None:
    ranking = agree(root)
    assert is_rolled(ranking)
    assert {row.kind for row in ranking} == {"web", "job"}
    assert sum(row.duplicates for row in ranking) > 0
    assert is_rolled(agree(root, ODD))


@pytest.mark.parametrize(("edge_rows", "lengths"), [(1000, {60}), (60, {10, 60}), (2, {1, 10, 60})])
def test_the_busier_an_hour_the_finer_it_is_rolled_up(
    root: Path, monkeypatch: pytest.MonkeyPatch, edge_rows: int, lengths: set[int]
) -> None:
    monkeypatch.setattr(rolling_up, "EDGE_ROWS", edge_rows)
    for window in (None, ODD, Window(ns(5000), ns(9000))):
        agree(root, window)
    assert set(held(root)) == lengths


def test_a_day_is_made_of_its_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling_up, "EDGE_ROWS", 100)  # none of them is split
    stores.seal(tmp_path, some_rows(hours=60))
    for window in (None, Window(ns(3000.5), ns(59 * 3600 + 7)), Window(ns(36_000), ns(180_000))):
        rolled = open_traces(tmp_path, now_ns=ns(70 * 3600)).endpoints(window)
        raw = open_traces(tmp_path, now_ns=ns(70 * 3600)).endpoints(window, exact=True)
        assert [row.total_time_ns for row in rolled] == [row.total_time_ns for row in raw]
        assert rolled.totals.everything == raw.totals.everything
    assert held(tmp_path)[1440] == 2


@pytest.mark.parametrize(
    "only",
    [
        {"service": "app"},
        {"service": "other"},
        {"kind": "job"},
        {"kind": "web"},
        {"method": "PUT"},
        {"endpoint": "GET /a"},
        {"endpoint": "nightly"},
        {"route": "/a"},
        {"route": "n*"},
        {"route": "/*"},
    ],
)
def test_what_roll_ups_know_can_be_selected(rolled_file: Path, only: Row) -> None:
    assert is_rolled(agree(rolled_file, ODD, **only))


@pytest.mark.parametrize("only", [{"status": "5xx"}, {"client": f"{number('ann'):016x}"}, {"version": "1"}])
def test_anything_else_is_read_out_of_rows(rolled_file: Path, only: Row) -> None:
    ranking = ranked(rolled_file, ODD, **only)
    assert ranking
    assert not is_rolled(ranking)


@pytest.mark.parametrize(("threshold_s", "is_known"), [(0.5, True), (2.0, True), (0.125, True), (0.3, False)])
def test_apdex_is_exact_at_the_edges_of_buckets_and_read_out_of_rows_elsewhere(
    rolled_file: Path, threshold_s: float, is_known: bool
) -> None:
    assert is_rolled(agree(rolled_file, apdex=Apdex(threshold_s))) == is_known
    assert not possible(Selection(), Apdex(of_endpoint={"GET /a": 1.0}))


def test_apdex_to_the_nanosecond(tmp_path: Path) -> None:
    stores.seal(tmp_path, [request(at=at, ms=ms) for at, ms in enumerate([500, 500.000001, 2000, 2000.000001, 0])])
    (row,) = agree(tmp_path, Window(ns(-3600), ns(7200)))
    assert row.apdex == (2 + 2 / 2) / 5


@pytest.mark.parametrize("sort", ["slowest", "duplicates"])
def test_the_order_is_the_same(rolled_file: Path, sort: str) -> None:
    rolled, raw = ranked(rolled_file, sort=sort), ranked(rolled_file, sort=sort, exact=True)
    assert [row.endpoint for row in rolled] == [row.endpoint for row in raw]


def test_the_window_before_is_compared(root: Path) -> None:
    ranking = agree(root, Window(ns(9000.5), ns(17_000.5)))
    assert all(row.previous_requests for row in ranking)
    assert len({row.time_change for row in ranking}) == len(ranking)


def test_what_lands_late_is_in_the_next_answer(root: Path) -> None:
    before = agree(root)
    stores.seal(root, [request("GET /a", at=7000, ms=123, client="eve"), request("GET /a", at=7000.1, client="eve")])
    stores.seal(root, [], [span("nightly", at=3000.5, ms=1)])
    after = agree(root)
    assert after.totals.everything.requests == before.totals.everything.requests + 3
    assert after.totals.everything.duplicates == before.totals.everything.duplicates + 1


def test_what_is_pruned_is_in_no_answer(root: Path) -> None:
    before = agree(root, Window(ns(0), ns(18_000)))
    Store(root).prune(Retention((time.time_ns() - ns(5000)) / A_DAY_NS, None))
    after = agree(root, Window(ns(0), ns(18_000)))
    assert 0 < after.totals.everything.requests < before.totals.everything.requests


def snapshot(root: Path, *rows: Row) -> None:
    """Requests in flight of this process."""
    path = Layout(root).open / f"requests-{rows[0]['worker']:016x}-{Process.current()}.parquet"
    with database(rows) as connection:
        connection.table("requests").project("* exclude duration_ns").write_parquet(str(path))


def test_what_is_in_flight_counts_up_to_now_and_makes_duplicates(root: Path) -> None:
    before = agree(root)
    snapshot(
        root,
        request("GET /a", at=4000, ms=None, client="eve", target="same", worker=9),
        request("GET /a", at=9000, ms=None, kind="held_open", worker=9),
    )
    stores.seal(root, [request("GET /a", at=4500, client="eve", target="same", worker=9)])
    after = agree(root)
    assert is_rolled(after)
    assert after.totals.everything.still_open == 2
    assert after.totals.everything.duplicates == before.totals.everything.duplicates + 1


def test_requests_stored_without_an_end_count_up_to_now(root: Path) -> None:
    stores.seal(root, [request("GET /a", at=8000, ms=None)])
    assert agree(root).totals.everything.still_open == 1


def test_how_far_the_data_reach(root: Path) -> None:
    stores.seal(root, [], [span("call", at=-5000, ms=1, kind="CLIENT"), span("call", at=30_000, ms=1, kind="CLIENT")])
    assert agree(root).window == Window(ns(-5000), ns(30_001))


def test_logs_without_durations_and_clients_behind_one_address_are_told_of(tmp_path: Path) -> None:
    rows = [request(at=10 * at, client_tier="address", start_known=False, address="1.2.3.4") for at in range(400)]
    stores.seal(tmp_path, rows)
    one_address, no_durations = agree(tmp_path).warnings
    assert one_address.message.startswith("360 of 360 requests come from one address")  # in the last hour
    assert no_durations.message.startswith("400 of 400 requests")


def test_a_store_that_cannot_be_written_to_is_read_as_it_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores.rows(root, "select 1")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(Store, "deriving", refused)
    assert not is_rolled(ranked(root))


def test_whoever_waits_is_told_how_far_it_is_and_who_stops_keeps_what_is_done(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling_up, "EDGE_ROWS", 1000)
    monkeypatch.setattr(rolling_up, "PIECE_ROWS", 100)
    shares: list[float] = []

    def ranked_until(stop: float) -> Ranking:
        def tell(share: float) -> None:
            shares.append(share)
            if share >= stop:
                raise KeyboardInterrupt

        return open_traces(root, now_ns=NOW_NS, rolling_bar=lambda: nullcontext(tell)).endpoints()

    with pytest.raises(KeyboardInterrupt):
        ranked_until(0.3)
    begun = sum(held(root).values())
    assert begun
    first = len(shares)
    assert is_rolled(ranked_until(2))
    assert shares[:first] == sorted(shares[:first])
    assert shares[first:] == sorted(shares[first:])
    assert shares[-1] == 1
    assert sum(held(root).values()) > begun
    agree(root)


def test_few_requests_are_ranked_exactly(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(root)
    monkeypatch.setattr(rollups, "LEAST_REQUESTS", 100_000)
    monkeypatch.setattr(rollups, "LEAST_STORED", 100_000)
    assert not is_rolled(ranked(root))


def test_a_store_that_is_ranked_in_a_moment_is_not_rolled_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores.rows(root, "select 1")
    monkeypatch.setattr(rollups, "LEAST_STORED", 100_000)
    assert not is_rolled(ranked(root))
    monkeypatch.setattr(rollups, "LEAST_STORED", 1)
    assert is_rolled(ranked(root))


def test_a_database_file_is_ranked_out_of_what_it_has_rolled_up(root: Path) -> None:
    path = Layout(root).database
    stores.rows(root, "select 1")
    assert not is_rolled(open_traces(path, now_ns=NOW_NS).endpoints())
    agree(root)
    assert is_rolled(open_traces(path, now_ns=NOW_NS).endpoints())


def test_the_script_behind_the_answer_runs_in_the_shell(root: Path) -> None:
    ranking = agree(root, ODD)
    queries = ranking.queries[: next(n for n, query in enumerate(ranking.queries) if query.percentile_error) + 1]
    with duckdb.connect(str(Layout(root).database), read_only=True) as shell:
        for query in queries:
            found = shell.execute(query.script()).fetchall()
    assert [row[5] for row in found] == [row.requests for row in ranking]


@pytest.mark.parametrize(
    ("from_ns", "to_ns", "days", "hours"),
    [
        (DAY_NS, 3 * DAY_NS, 2, 0),
        (DAY_NS - HOUR_NS, 3 * DAY_NS + 2 * HOUR_NS, 2, 3),
        (HOUR_NS + MINUTE_NS, 2 * HOUR_NS - MINUTE_NS, 0, 0),
        (MINUTE_NS, 5 * HOUR_NS + 11 * MINUTE_NS, 0, 4),
        (MINUTE_NS, 3 * MINUTE_NS, 0, 0),
    ],
)
def test_a_stretch_is_taken_apart_without_gap_or_overlap(from_ns: int, to_ns: int, days: int, hours: int) -> None:
    parts = list(Rolled(from_ns, to_ns, 1, None, None, 5, 5).parts())
    moments = [moment_ns for _, part in parts for moment_ns in (part.from_ns, part.to_ns)]
    assert moments == sorted(moments)
    assert moments[1:-1:2] == moments[2::2]
    assert (moments[0], moments[-1]) == (from_ns, to_ns)
    assert all(part.from_ns % length_ns == part.to_ns % length_ns == 0 for length_ns, part in parts)
    counts = {
        each_ns: sum(part.length_ns // each_ns for length_ns, part in parts if length_ns == each_ns)
        for each_ns in LENGTHS_NS
    }
    assert (counts[DAY_NS], counts[HOUR_NS]) == (days, hours)
    assert counts[TEN_MINUTES_NS] < 12
    assert counts[MINUTE_NS] < 20


def test_what_is_not_rolled_up_is_the_rest() -> None:
    pieces = (Rolled(10, 20, 5, None, None, 5, 5), Rolled(30, 40, 6, None, None, 5, 5))
    assert Coverage(Window(5, 50), pieces).rest == [Window(5, 10), Window(20, 30), Window(40, 50)]
    assert Coverage(Window(10, 40), pieces).rest == [Window(20, 30)]
    assert Coverage(Window(10, 40), ()).rest == [Window(10, 40)]
    assert Coverage(Window(5, 50), pieces).requests == 11


def test_what_the_window_cuts_off_is_not_missing() -> None:
    pieces = (Rolled(10, 20, 5, None, None, 5, 5), Rolled(30, 40, 6, None, None, 10, 10))
    assert Coverage(Window(6, 50), pieces).missing == [Window(20, 30), Window(40, 50)]
    assert Coverage(Window(10, 40), ()).missing == [Window(10, 40)]


def test_the_histogram_by_hand() -> None:
    """Bucket 0 ends at half a second, the 35th from there at a second, the 70th at two: 2^(1/35) is 1.02."""
    with duckdb.connect() as connection:
        DuckEngine(connection, 0)

        def bucket(took_ns: int) -> int:
            return int(connection.execute("select bucket_of($ns::bigint)", {"ns": took_ns}).fetchall()[0][0])

        half_ns = 500_000_000
        assert [bucket(took_ns) for took_ns in (half_ns, half_ns + 1, 2 * half_ns, 2 * half_ns + 1)] == [0, 1, 35, 36]
        assert [bucket(took_ns) for took_ns in (half_ns // 4, 4 * half_ns, 0, -5)] == [-70, 70, -30000, -30000]
        assert bucket(1) == math.ceil(35 * math.log2(1 / half_ns))
        for took_ns in (1, 7, 999, 123_456, half_ns, half_ns + 1, 86_400 * 10**9):
            (stands_for,) = connection.execute("select duration_of($b::smallint)", {"b": bucket(took_ns)}).fetchall()[0]
            assert stands_for == pytest.approx(took_ns, rel=PERCENTILE_ERROR)
        assert connection.execute("select duration_of(bucket_of(0))").fetchall() == [(0.0,)]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentiles_of_buckets_are_within_what_is_stated(durations_ns: list[int], fraction: float) -> None:
    """The arithmetic of macros.sql and spread.sql, for any durations: as the exact ones, each neighbour within 1 %."""

    def stands_for(took_ns: int) -> float:
        growth = 2 ** (1 / 35)
        return 5e8 * growth ** math.ceil(35 * math.log2(took_ns / 5e8)) * 2 / (1 + growth) if took_ns else 0.0

    exact = quantile(durations_ns, fraction)
    assert quantile([stands_for(each) for each in durations_ns], fraction) == pytest.approx(exact, rel=PERCENTILE_ERROR)


def shifted(row: Row, seconds: float) -> Row:
    times = ("arrival_ns", "start_ns", "end_ns")
    return row | {name: row[name] and row[name] + round(seconds * 1e9) for name in times}


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[list[Row]], Window, int]:
    """Requests that come in two portions, a window to ask about, and how many rows an edge may have."""
    rows = draw(requests_of_a_few_clients(40))
    places = draw(st.lists(st.sampled_from(GROUPS_AT_S), min_size=len(rows), max_size=len(rows)))
    rows = [shifted(row, seconds) for row, seconds in zip(rows, places, strict=True)]
    cut = draw(st.integers(0, len(rows)))
    quarters = st.integers(-8, 48).map(lambda n: n / 4)
    from_ns = draw(st.builds(lambda base, more: ns(base + more), st.sampled_from(GROUPS_AT_S), quarters))
    length_ns = draw(st.sampled_from([1, 5, 100, 3600, 9000, 30_000])) * 10**9
    return [rows[:cut], rows[cut:]], Window(from_ns, from_ns + length_ns), draw(st.sampled_from([1, 3, 1000]))


@settings(max_examples=5, deadline=None)
@given(stories())
def test_raw_and_rolled_up_agree_whatever_comes_when(story: tuple[list[list[Row]], Window, int]) -> None:
    portions, window, edge_rows = story
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling_up, "EDGE_ROWS", edge_rows)
        root = Path(folder)
        stores.seal(root, [request("GET /always", at=20_000)])
        agree(root)
        for portion in portions:
            stores.seal(root, portion)
            agree(root, window)


ROLL_UP = """
import sys
from pathlib import Path
from hotspan_analysis import Window, open_traces, rolling_up, rollups
from traces import ns
rollups.LEAST_REQUESTS, rollups.LEAST_STORED, rolling_up.EDGE_ROWS, rolling_up.PIECE_ROWS = 1, 1, 2, 20
print("begins", flush=True)
open_traces(Path(sys.argv[1]), now_ns=ns(12 * 3600)).endpoints()
"""


def test_killed_at_any_moment_roll_ups_and_rows_agree(root: Path) -> None:
    chance = random.Random()
    for late in range(2):
        with stores.python(ROLL_UP, root) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            time.sleep(chance.random() * 1.5)
            process.kill()
        with open_traces(root, now_ns=NOW_NS).reading() as engine:
            covered = rollups.coverage(engine, Window(ns(0), ns(18_000)))
        assert covered.requests <= 615 + 2 * late
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rolling_up, "roll_up", lambda *_: None)  # out of what the killed one left
            agree(root, Window(ns(0), ns(18_000)))
        stores.seal(root, [request("GET /a", at=1000 * late + at, worker=late + 2) for at in (0.0, 0.001)])
    assert is_rolled(agree(root))
