"""Python lists reach DuckDB as they are: every type, nulls, empty columns, awkward text, many threads."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_collector.arrow_columns import Sparse, Table


def rows(columns: Mapping[str, Sequence[Any]], types: dict[str, str]) -> list[tuple[Any, ...]]:
    """What DuckDB reads out of the table."""
    connection = duckdb.connect()
    connection.register("given", Table(columns, types))
    return connection.execute("select * from given").fetchall()


def test_every_type_arrives_with_its_duckdb_type() -> None:
    types = {
        "a": "bigint", "b": "ubigint", "c": "integer", "d": "double", "e": "boolean", "f": "varchar",
        "g": "map(varchar, varchar)",
    }  # fmt: skip
    columns: dict[str, list[Any]] = {
        "a": [-1], "b": [2**64 - 1], "c": [7], "d": [0.5], "e": [True], "f": ["x"], "g": [{"k": "v"}],
    }  # fmt: skip
    connection = duckdb.connect()
    connection.register("given", Table(columns, types))
    described = connection.execute("describe select * from given").fetchall()
    assert [row[1].lower() for row in described] == list(types.values())
    assert rows(columns, types) == [(-1, 2**64 - 1, 7, 0.5, True, "x", {"k": "v"})]


def test_none_is_null_in_every_type() -> None:
    for name, value in (("bigint", 5), ("ubigint", 5), ("double", 0.5), ("boolean", False), ("varchar", "")):
        assert rows({"x": [None, value, None]}, {"x": name}) == [(None,), (value,), (None,)]


def test_a_map_keeps_order_nulls_and_emptiness() -> None:
    given_maps = [{"b": "1", "a": None}, {}, {"c": "3"}]
    assert rows({"x": given_maps}, {"x": "map(varchar, varchar)"}) == [(value,) for value in given_maps]


def test_no_rows_are_no_rows() -> None:
    types = {"a": "bigint", "b": "varchar", "c": "boolean", "d": "map(varchar, varchar)"}
    assert rows({name: [] for name in types}, types) == []


def test_text_beyond_ascii_keeps_its_length_and_lone_surrogates_become_question_marks() -> None:
    texts = ["gr\u00fc\u00df", "\U0001f600", "", "a\ud800b", "nul\0in"]
    assert rows({"x": texts}, {"x": "varchar"}) == [("gr\u00fc\u00df",), ("\U0001f600",), ("",), ("a?b",), ("nul\0in",)]


def test_one_table_can_be_read_twice() -> None:
    connection = duckdb.connect()
    connection.register("given", Table({"x": [1, 2]}, {"x": "bigint"}))
    assert connection.execute("select sum(a.x * b.x) from given a, given b").fetchone() == (9,)


def test_a_table_outlives_the_lists_it_was_made_of() -> None:
    columns = {"x": [f"text {number}" for number in range(5_000)]}
    table = Table(columns, {"x": "varchar"})
    columns["x"].clear()
    connection = duckdb.connect()
    connection.register("given", table)
    assert connection.execute("select count(distinct x) from given").fetchone() == (5_000,)
    assert table.rows == 5_000


def test_a_number_too_large_is_refused_rather_than_cut() -> None:
    with pytest.raises(OverflowError):
        Table({"x": [2**63]}, {"x": "bigint"})


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(ValueError, match="hugeint"):
        Table({"x": [1]}, {"x": "hugeint"})


@given(
    st.lists(st.tuples(st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.text(), st.none() | st.booleans()))
)
def test_any_rows_come_back_as_they_went(given_rows: list[tuple[int | None, str | None, bool | None]]) -> None:
    columns: dict[str, list[Any]] = {
        name: [row[place] for row in given_rows] for place, name in enumerate(("number", "text", "flag"))
    }
    assert rows(columns, {"number": "bigint", "text": "varchar", "flag": "boolean"}) == given_rows


@given(st.dictionaries(st.integers(0, 40), st.text(max_size=5)), st.integers(0, 20))
def test_a_sparse_column_is_the_column_with_its_blanks(values: dict[int, str], more: int) -> None:
    count = max(values, default=-1) + 1 + more
    sparse: dict[str, Sequence[Any]] = {
        "text": Sparse(values, "", count),
        "number": Sparse({row: row for row in values}, -1, count),
    }
    dense: dict[str, Sequence[Any]] = {
        "text": [values.get(row, "") for row in range(count)],
        "number": [row if row in values else -1 for row in range(count)],
    }
    types = {"text": "varchar", "number": "integer"}
    assert {name: list(column) for name, column in sparse.items()} == dense
    assert rows(sparse, types) == rows(dense, types)
