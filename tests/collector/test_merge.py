import shutil
import time
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stores
import traces
from hotspan_collector import database, merge, schema, segments
from hotspan_collector.errors import StoreBusyError, StoreError
from hotspan_collector.layout import Layout


def merged(root: Path, budget_s: float = stores.LONG_S) -> bool:
    with database.memory(threads=1) as connection:
        return merge.merge(Layout(root), connection, budget_s=budget_s)


def replace_by(path: Path, sql: str) -> None:
    duckdb.execute(f"copy ({sql}) to '{path}' (format parquet)")


def stored(root: Path, sql: str) -> list[tuple[object, ...]]:
    """What the file itself says; nothing is merged for it."""
    with duckdb.connect(str(Layout(root).database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_segment_lands_once_with_its_name_and_its_file_goes(tmp_path: Path) -> None:
    (segment,) = stores.seal(tmp_path, [traces.request("GET /a"), traces.request("GET /b")])
    assert merged(tmp_path)
    assert stored(tmp_path, "select route from requests order by route") == [("/a",), ("/b",)]
    assert stored(tmp_path, "select name, rows from segments") == [(segment.name, 2)]
    assert stores.waiting(tmp_path) == []


def test_a_segment_whose_file_was_not_deleted_in_time_does_not_land_again(tmp_path: Path) -> None:
    (segment,) = stores.seal(tmp_path, [traces.request()])
    shutil.copy(Layout(tmp_path).inbox / segment.name, tmp_path / "kept")
    merged(tmp_path)
    shutil.copy(tmp_path / "kept", Layout(tmp_path).inbox / segment.name)
    merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(1,)]
    assert stores.waiting(tmp_path) == []


def test_every_value_of_a_row_arrives(tmp_path: Path) -> None:
    request = traces.request("PUT /x", at=1, ms=None, agent="Ünïcode 'quoted'", retry_after_s=1.5, attempt=3)
    span = traces.span("select", attributes={"db.system": "sqlite", "empty": ""})
    stores.seal(tmp_path, [request], [span])
    merged(tmp_path)
    for table, row in (("requests", request), ("spans", span)):
        with duckdb.connect(str(Layout(tmp_path).database), read_only=True) as connection:
            found = connection.table(table).project("* exclude duration_ns")
            (values,) = found.fetchall()
            assert dict(zip(found.columns, values, strict=True)) == row


def test_nothing_to_merge_makes_an_empty_store(tmp_path: Path) -> None:
    assert merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(0,)]


def test_nobody_waits_for_the_lock(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request()])
    with Layout(tmp_path).lock(shared=True):
        began_s = time.monotonic()
        assert not merged(tmp_path)
        assert time.monotonic() - began_s < stores.LONG_S / 10
    assert len(stores.waiting(tmp_path)) == 1


def test_a_database_opened_by_somebody_else_is_busy_and_the_segments_wait(tmp_path: Path) -> None:
    merged(tmp_path)
    stores.seal(tmp_path, [traces.request()])
    with duckdb.connect(str(Layout(tmp_path).database)), pytest.raises(StoreBusyError):
        merged(tmp_path)
    assert merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(1,)]


def test_columns_that_older_segments_lack_are_null(tmp_path: Path) -> None:
    stores.seal(tmp_path, [traces.request(agent="new")], [traces.span(scope="new")])
    stores.seal(tmp_path, [traces.request()], [traces.span()], without=["service_version", "instance"])
    stores.seal(tmp_path, [traces.request(agent="old")], without=["attempt", "target"])
    merged(tmp_path)
    assert stored(tmp_path, "select count(*), count(instance), count(target) from requests") == [(3, 2, 2)]
    assert stored(tmp_path, "select count(*), count(instance) from spans") == [(2, 1)]


def test_segments_of_a_newer_version_wait_for_a_newer_hotspan(tmp_path: Path) -> None:
    (segment,) = stores.seal(tmp_path, [traces.request()])
    inbox = Layout(tmp_path).inbox
    (inbox / segment.name).rename(inbox / segment.name.replace(f"-v{schema.VERSION}-", f"-v{schema.VERSION + 1}-"))
    assert merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(0,)]
    assert len(stores.waiting(tmp_path)) == 1


def test_a_newer_database_is_refused_and_the_segments_wait(tmp_path: Path) -> None:
    merged(tmp_path)
    with duckdb.connect(str(Layout(tmp_path).database)) as connection:
        connection.execute("update meta set value = '99' where key = 'schema_version'")
    stores.seal(tmp_path, [traces.request()])
    with pytest.raises(StoreError, match="newer hotspan"):
        merged(tmp_path)
    assert len(stores.waiting(tmp_path)) == 1


@pytest.mark.parametrize("damage", ["empty", "short", "garbage", "nulls", "columns", "types"])
def test_a_bad_segment_is_set_aside_and_counted_and_the_others_land(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = [stores.seal(tmp_path, [traces.request(f"GET /{place}")])[0] for place in range(5)]
    (bad,) = stores.seal(tmp_path, [traces.request(), traces.request(), traces.request()], worker=7)
    path = Layout(tmp_path).inbox / bad.name
    content = path.read_bytes()
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "short":
            path.write_bytes(content[:-200])
        case "garbage":
            path.write_bytes(b"\xff" * len(content))
        case "nulls":
            replace_by(path, "select 1::ubigint as worker, null as seq")
        case "columns":
            replace_by(path, "select 1 as surprise")
        case "types":
            replace_by(path, "select 'a' as worker, 'b' as seq")
    assert merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(len(good),)]
    assert stored(tmp_path, "select worker, reason, what, rows from losses") == [
        (7, "unreadable_segment", "requests", 3)
    ]
    assert [found.name.startswith(bad.name) for found in Layout(tmp_path).bad.iterdir()] == [True]
    assert [record.message for record in caplog.records] == [
        f"hotspan cannot read the segment {bad.name}: set aside in {Layout(tmp_path).bad}, and counted"
    ]
    caplog.clear()
    assert merged(tmp_path)
    assert stored(tmp_path, "select sum(rows) from losses") == [(3,)]
    assert caplog.records == []


def test_a_budget_leaves_the_rest_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "BATCH_FILES", 2)
    for _ in range(6):
        stores.seal(tmp_path, [traces.request()])
    assert not merged(tmp_path, budget_s=0.0)
    assert len(stores.waiting(tmp_path)) == 4
    assert merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(6,)]


@given(st.lists(st.integers(0, 60_000), max_size=40), st.integers(2048, 120_000))
def test_batches_hold_every_segment_once_and_stay_within_bounds(rows: list[int], most_rows: int) -> None:
    queue = [segments.Segment(place, 1, "requests", count) for place, count in enumerate(rows)]
    batches = list(merge._batches(queue, most_rows))
    assert [segment for batch in batches for segment in batch] == queue
    for batch in batches:
        assert len(batch) <= merge.BATCH_FILES
        assert sum(segment.rows for segment in batch[1:]) <= most_rows


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=12),
    batch_files=st.integers(1, 5),
    bad=st.sets(st.integers(0, 11)),
)
def test_whatever_is_bad_the_rest_lands_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], batch_files: int, bad: set[int]
) -> None:
    root = tmp_path_factory.mktemp("store")
    for place, size in enumerate(sizes):
        (segment,) = stores.seal(root, [traces.request(f"GET /{place}") for _ in range(size)])
        if place in bad:
            (Layout(root).inbox / segment.name).write_bytes(b"cut short")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "BATCH_FILES", batch_files)
        assert merged(root)
    good = [(f"/{place}", size) for place, size in enumerate(sizes) if place not in bad]
    assert sorted(stored(root, "select route, count(*) from requests group by route")) == sorted(good)
    lost = sum(size for place, size in enumerate(sizes) if place in bad)
    assert stored(root, "select coalesce(sum(rows), 0) from losses") == [(lost,)]


def test_an_inbox_of_many_segments_merges_in_batches(tmp_path: Path) -> None:
    (segment,) = stores.seal(tmp_path, [traces.request()])
    inbox = Layout(tmp_path).inbox
    for place in range(1, 1200):
        name = segments.Segment(segment.sealed_ns + place, 1, "requests", 1).name
        (inbox / name).hardlink_to(inbox / segment.name)
    assert merged(tmp_path)
    assert stored(tmp_path, "select count(*) from requests") == [(1200,)]
    assert stores.waiting(tmp_path) == []
