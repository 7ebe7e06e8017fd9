from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_collector import database, segments
from hotspan_collector.processes import Process
from hotspan_collector.segments import Segment

TYPES = {"worker": "ubigint", "seq": "bigint", "route": "varchar"}
NAME = "requests-v1-00000000000000ff-1790000000000000000-3.parquet"


def sealed(target: Path, columns: dict[str, list[Any]], query: str = "select * from raw_requests") -> int:
    return segments.seal(database.memory(threads=1), query, columns, TYPES, {"worker": 255, "salt": "s"}, target)


def read(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute("from read_parquet($glob)", {"glob": segments.globbed(path)}).fetchall()


def test_a_name_says_what_is_in_it() -> None:
    segment = Segment.parse(NAME)
    assert segment == Segment(sealed_ns=1_790_000_000_000_000_000, worker=255, table="requests", rows=3, version=1)
    assert segment is not None
    assert segment.name == NAME


@given(
    st.integers(10**18, 10**19),
    st.integers(0, 2**63 - 1),
    st.sampled_from(segments.TABLES),
    st.integers(0, 10**7),
    st.integers(1, 99),
)
def test_every_name_can_be_read_back(sealed_ns: int, worker: int, table: str, rows: int, version: int) -> None:
    segment = Segment(sealed_ns, worker, table, rows, version)
    assert Segment.parse(segment.name) == segment


@pytest.mark.parametrize(
    "name", ["", "x.parquet", NAME + ".tmp", NAME.replace("requests", "users"), "bad", "../" + NAME]
)
def test_other_files_are_no_segments(name: str) -> None:
    assert Segment.parse(name) is None


def test_the_query_sees_the_columns_and_the_constants(tmp_path: Path) -> None:
    rows = sealed(tmp_path / NAME, {"seq": [1, 2, 3], "route": ["/a", None, "/c"]})
    assert rows == 3
    assert sorted(read(tmp_path / NAME)) == [(1, "/a", 255), (2, None, 255), (3, "/c", 255)]


def test_a_query_binds_what_it_names_outside_of_comments(tmp_path: Path) -> None:
    query = "-- says $nothing\nwith x as (select seq, $salt as salt from raw_requests)\nselect * from x;\n"
    sealed(tmp_path / NAME, {"seq": [7], "route": ["/a"]}, query)
    assert read(tmp_path / NAME) == [(7, "s")]


def test_a_sealed_file_is_alone_in_its_folder(tmp_path: Path) -> None:
    sealed(tmp_path / NAME, {"seq": [1], "route": ["/a"]})
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error):
        sealed(tmp_path / NAME, {"seq": [1], "route": ["/a"]}, "select error(route) from raw_requests")
    assert list(tmp_path.iterdir()) == []


def test_a_connection_seals_again_after_a_failure(tmp_path: Path) -> None:
    connection = database.memory(threads=1)
    columns: dict[str, list[Any]] = {"seq": [1], "route": ["/a"]}
    with pytest.raises(duckdb.Error):
        segments.seal(connection, "select nothing from raw_requests", columns, TYPES, {"worker": 1}, tmp_path / NAME)
    segments.seal(connection, "select seq from raw_requests", columns, TYPES, {"worker": 1}, tmp_path / NAME)
    assert read(tmp_path / NAME) == [(1,)]


def test_paths_may_hold_what_duckdb_takes_for_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a]*? k=1"
    folder.mkdir()
    sealed(folder / NAME, {"seq": [1], "route": ["/a"]})
    assert segments.is_readable(database.memory(), folder / NAME)


def test_segments_wait_in_the_order_they_were_sealed(tmp_path: Path) -> None:
    late = Segment(1_790_000_000_000_000_002, 1, "requests", 1)
    early = Segment(1_790_000_000_000_000_001, 9, "spans", 1)
    for segment in (late, early):
        (tmp_path / segment.name).touch()
    (tmp_path / "bad").mkdir()
    (tmp_path / "notes.txt").touch()
    assert segments.waiting(tmp_path) == [early, late]


def test_without_an_inbox_nothing_waits(tmp_path: Path) -> None:
    assert segments.waiting(tmp_path / "none") == []
    assert list(segments.drafts(tmp_path / "none")) == []


def test_a_draft_says_who_is_at_it(tmp_path: Path) -> None:
    draft = tmp_path / f"{NAME}.{Process.current()}.tmp"
    draft.touch()
    assert list(segments.drafts(tmp_path)) == [(draft, Segment.parse(NAME), Process.current())]


@pytest.mark.parametrize("content", [b"", b"garbage" * 100, b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_garbage_is_not_readable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert not segments.is_readable(database.memory(), tmp_path / NAME)


def test_a_file_cut_short_anywhere_is_not_readable(tmp_path: Path) -> None:
    sealed(tmp_path / NAME, {"seq": list(range(100)), "route": [f"/{i}" for i in range(100)]})
    whole = (tmp_path / NAME).read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / NAME).write_bytes(whole[:size])
        assert not segments.is_readable(database.memory(threads=1), tmp_path / NAME), size
