import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stores
import traces
from hotspan_collector import database, merge, retention
from hotspan_collector.layout import Layout
from hotspan_collector.retention import DAY_NS, Pruned, Retention

FOREVER = Retention(None, None)


@pytest.fixture
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    with database.memory(threads=1) as connection:
        yield connection


def age(days: float) -> dict[str, Any]:
    start_ns = time.time_ns() - int(days * DAY_NS)
    return {"start_ns": start_ns, "arrival_ns": start_ns, "end_ns": start_ns + 1}


def merged(root: Path, memory: duckdb.DuckDBPyConnection, keep: Retention | None) -> None:
    assert merge.merge(Layout(root), memory, keep=keep)


def size_bytes(root: Path) -> int:
    return Layout(root).database.stat().st_size


def test_rows_that_are_too_old_go(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    old, new = traces.request("GET /old", **age(15)), traces.request("GET /new", **age(13))
    stores.seal(tmp_path, [old, new], [traces.span("old", **_span_age(15)), traces.span("new", **_span_age(13))])
    merged(tmp_path, memory, Retention(14, None))
    assert stores.rows(tmp_path, "select route from requests") == [("/new",)]
    assert stores.rows(tmp_path, "select name from spans") == [("new",)]


def _span_age(days: float) -> dict[str, Any]:
    return {name: value for name, value in age(days).items() if name != "arrival_ns"}


def test_rows_go_although_there_was_no_time_for_all_segments(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker under load may never get through with its inbox."""
    monkeypatch.setattr(merge, "BATCH_FILES", 1)
    for _ in range(3):
        stores.seal(tmp_path, [traces.request("GET /old", **age(15))])
    assert not merge.merge(Layout(tmp_path), memory, budget_s=-1, keep=Retention(14, None))
    assert len(stores.waiting(tmp_path)) == 2
    with database.attached(memory, Layout(tmp_path).database, read_only=True):
        assert memory.execute("select count(*) from store.requests").fetchall() == [(0,)]


def test_readers_delete_nothing_for_its_age(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request(**age(10_000))])
    assert stores.rows(tmp_path, "select count(*) from requests") == [(1,)]


def test_rows_are_looked_through_for_age_once_an_hour(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Retention(14, None)
    merged(tmp_path, memory, keep)
    stores.seal(tmp_path, [traces.request(**age(15))])
    merged(tmp_path, memory, keep)
    assert stores.rows(tmp_path, "select count(*) from requests") == [(1,)]
    monkeypatch.setattr(retention, "INTERVAL_S", 0.0)
    merged(tmp_path, memory, keep)
    assert stores.rows(tmp_path, "select count(*) from requests") == [(0,)]


def test_a_clock_that_was_far_ahead_does_not_keep_rows_forever(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection
) -> None:
    keep = Retention(14, None)
    merged(tmp_path, memory, keep)
    with database.attached(memory, Layout(tmp_path).database, read_only=False):
        ahead = str(time.time_ns() + 1000 * DAY_NS)
        memory.execute("update store.meta set value = $ahead where key = 'pruned_ns'", {"ahead": ahead})
    stores.seal(tmp_path, [traces.request(**age(15))])
    merged(tmp_path, memory, keep)
    assert stores.rows(tmp_path, "select count(*) from requests") == [(0,)]


def test_the_oldest_rows_go_when_the_file_is_too_big(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    keep = Retention(None, 8 * 1024**2)
    merged(tmp_path, memory, None)
    stores.fill(tmp_path, memory, 500_000, group_rows=keep.rows_at_once)
    merged(tmp_path, memory, keep)
    ((rows, oldest_ns, newest_ns),) = stores.rows(
        tmp_path, "select count(*), min(start_ns), max(start_ns) from requests"
    )
    assert newest_ns == traces.ns(499_999)
    assert oldest_ns == traces.ns(500_000 - rows)
    assert 80_000 < rows < 260_000


def test_the_file_stays_within_its_limit_whatever_comes(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    limit = 20 * 1024**2
    merged(tmp_path, memory, None)
    sizes = []
    for place in range(12):
        stores.fill(tmp_path, memory, 60_000, since_s=place * 60_000)
        merged(tmp_path, memory, Retention(None, limit))
        sizes.append(size_bytes(tmp_path))
    assert max(sizes) <= limit, sizes
    assert stores.rows(tmp_path, "select max(start_ns) from requests") == [(traces.ns(12 * 60_000 - 1),)]


def test_the_file_stays_within_its_limit_whoever_merges_however_often(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection
) -> None:
    """Of a busy app readers merge most, little at a time."""
    limit, rows, merges = 16 * 1024**2, 15_000, 20
    sizes = []
    for place in range(merges):
        stores.seal_many(tmp_path, memory, rows, since_s=place * rows)
        merged(tmp_path, memory, Retention(None, limit) if place == 0 else None)
        sizes.append(size_bytes(tmp_path))
    assert max(sizes) <= limit, sizes
    ((kept, oldest_ns, newest_ns),) = stores.rows(
        tmp_path, "select count(*), min(start_ns), max(start_ns) from requests"
    )
    assert newest_ns == traces.ns(merges * rows - 1)
    assert oldest_ns == traces.ns(merges * rows - kept)
    assert kept > 35_000, kept


def test_a_backlog_is_merged_within_the_limit(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    limit, rows = 16 * 1024**2, 12_000
    for place in range(20):
        stores.seal_many(tmp_path, memory, rows, since_s=place * rows)
    merged(tmp_path, memory, Retention(None, limit))
    assert size_bytes(tmp_path) <= limit
    ((kept, oldest_ns),) = stores.rows(tmp_path, "select count(*), min(start_ns) from requests")
    assert oldest_ns == traces.ns(20 * rows - kept)
    assert kept > 30_000, kept


def test_readers_keep_to_the_limit_that_was_noted_last(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    layout = Layout(tmp_path)
    merged(tmp_path, memory, None)
    assert retention.noted(layout, memory) == FOREVER
    for limit in (10**9, 10**8):
        merged(tmp_path, memory, Retention(14, limit))
        merged(tmp_path, memory, FOREVER)
        assert retention.noted(layout, memory) == Retention(None, limit)


@given(st.integers(0, 10**12))
def test_small_limits_make_small_groups(limit: int) -> None:
    rows = Retention(None, limit).rows_at_once
    assert rows % retention.LEAST_ROWS == 0
    assert retention.LEAST_ROWS <= rows <= retention.MOST_ROWS == Retention(None, None).rows_at_once
    assert rows * retention.ROW_BYTES <= max(
        limit * retention.WRITTEN_SHARE, retention.LEAST_ROWS * retention.ROW_BYTES
    )


def test_pruning_tells_what_went_and_what_the_disk_got_back(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(tmp_path, memory, None)
    stores.fill(tmp_path, memory, 300_000)
    before = size_bytes(tmp_path)
    layout = Layout(tmp_path)
    days_of_half = (time.time_ns() - traces.ns(150_000)) / DAY_NS
    pruned = retention.prune(layout, memory, Retention(days_of_half, None), compact=False)
    assert abs(pruned.requests - 150_000) < 60
    assert pruned.file_bytes == size_bytes(tmp_path)
    assert pruned.free_bytes > 0.3 * before
    compacted = retention.prune(layout, memory, FOREVER, compact=True)
    assert compacted.requests == 0
    assert compacted.file_bytes == size_bytes(tmp_path) < 0.7 * before
    assert compacted.free_bytes < 0.1 * before
    assert stores.rows(tmp_path, "select count(*) from requests") == [(300_000 - pruned.requests,)]


def test_a_compacted_store_goes_on_as_before(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    (segment,) = stores.seal(tmp_path, [traces.request("GET /a", ms=3)])
    merged(tmp_path, memory, None)
    retention.prune(Layout(tmp_path), memory, FOREVER, compact=True)
    stores.seal(tmp_path, [traces.request("GET /b")])
    assert stores.rows(tmp_path, "select route, duration_ns from requests order by route") == [
        ("/a", 3_000_000),
        ("/b", 10_000_000),
    ]
    (Layout(tmp_path).inbox / segment.name).write_bytes(b"merged long ago")
    assert stores.rows(tmp_path, "select count(*) from requests") == [(2,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hotspan.duckdb", "inbox", "lock", "open"]


def test_an_empty_store_can_be_pruned(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    merged(tmp_path, memory, None)
    pruned = retention.prune(Layout(tmp_path), memory, Retention(0, 0), compact=True)
    assert (pruned.requests, pruned.spans) == (0, 0)
    assert isinstance(pruned, Pruned)


def test_names_of_segments_that_cannot_come_back_are_forgotten(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "INTERVAL_S", 0.0)
    (segment,) = stores.seal(tmp_path, [traces.request()])
    merged(tmp_path, memory, Retention(None, None))
    assert stores.rows(tmp_path, "select name from segments") == [(segment.name,)]
    monkeypatch.setattr(retention, "NAMES_KEPT_S", 0.0)
    with database.attached(memory, Layout(tmp_path).database, read_only=False):
        memory.execute("insert into store.segments values ('access.log.gz', 5, 1)")
    merged(tmp_path, memory, FOREVER)
    assert stores.rows(tmp_path, "select name from segments") == [("access.log.gz",)]


def test_the_name_of_a_segment_whose_file_is_still_there_is_kept(
    tmp_path: Path, memory: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "NAMES_KEPT_S", 0.0)
    (segment,) = stores.seal(tmp_path, [traces.request()])
    merged(tmp_path, memory, None)
    (Layout(tmp_path).inbox / segment.name).touch()
    with database.attached(memory, Layout(tmp_path).database, read_only=False):
        retention._forget_names(memory, Layout(tmp_path), time.time_ns())
        assert memory.execute("select name from store.segments").fetchall() == [(segment.name,)]


def test_an_inbox_nobody_can_merge_loses_its_oldest_segments(tmp_path: Path) -> None:
    sealed = [stores.seal(tmp_path, [traces.request()])[0] for _ in range(6)]
    one_bytes = (Layout(tmp_path).inbox / sealed[0].name).stat().st_size
    gone = retention.trim_inbox(Layout(tmp_path), one_bytes * 4 + one_bytes // 2)
    assert gone == sealed[:2]
    assert stores.waiting(tmp_path) == sealed[2:]
    assert retention.trim_inbox(Layout(tmp_path), one_bytes * 5) == []


def test_an_inbox_is_left_alone_while_somebody_merges(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    with Layout(tmp_path).lock(shared=False):
        assert retention.trim_inbox(Layout(tmp_path), 0) == []


def test_bad_segments_go_when_they_are_old(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    layout = Layout(tmp_path)
    layout.make()
    layout.bad.mkdir()
    for name, days in (("old", 15), ("new", 13)):
        path = layout.bad / f"{name}.parquet.counted"
        path.touch()
        os.utime(path, ns=(0, time.time_ns() - days * DAY_NS))
    merged(tmp_path, memory, Retention(14, None))
    assert [path.name for path in layout.bad.iterdir()] == ["new.parquet.counted"]
