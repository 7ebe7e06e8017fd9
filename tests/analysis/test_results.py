import math
from dataclasses import dataclass

import duckdb
import pandas

from hotspan_analysis import open_traces
from hotspan_analysis.results import Query, Rows, as_dict, column
from traces import database, ns, request


@dataclass(frozen=True)
class Fruit:
    name: str = column("Name", "what it is called")
    weight_g: float = column("Weight", "mass on a scale", "g")


FRUIT = Rows(Fruit, [Fruit("apple", 150.0), Fruit("<script>alert(1)</script>", math.nan)])


def test_rows_are_a_list() -> None:
    assert FRUIT[0].name == "apple"
    assert len(FRUIT) == 2


def test_columns_say_what_they_mean() -> None:
    assert [(each.name, each.title, each.formula, each.unit) for each in FRUIT.columns] == [
        ("name", "Name", "what it is called", ""),
        ("weight_g", "Weight", "mass on a scale", "g"),
    ]


def test_a_number_that_is_not_finite_is_none_in_json() -> None:
    assert as_dict(FRUIT[1])["weight_g"] is None


def test_a_data_frame_has_the_rows_and_the_columns() -> None:
    frame = FRUIT.df()
    assert list(frame.columns) == ["name", "weight_g"]
    assert frame.loc[0, "weight_g"] == 150.0


def test_a_data_frame_of_nothing_still_has_columns() -> None:
    frame = Rows(Fruit).df()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["name", "weight_g"]
    assert frame.empty


def test_html_shows_hostile_names_and_renders_none() -> None:
    page = FRUIT._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'title="mass on a scale"' in page
    assert "Weight (g)" in page


def test_html_of_many_rows_says_how_many_more_there_are() -> None:
    page = Rows(Fruit, [Fruit("apple", 1.0)] * 1050)._repr_html_()
    assert page.count("<tr>") == 51
    assert "1,000 more rows" in page


def test_a_query_can_be_pasted_into_a_duckdb_shell() -> None:
    with database([request(at=second, ms=100) for second in range(3)]) as connection:
        ranking = open_traces(connection, now_ns=ns(9)).endpoints()
        for query in ranking.queries:
            connection.execute(query.script())
        connection.execute(ranking.queries[0].script())
        names = [each[0] for each in connection.description or ()]
        (row,) = connection.fetchall()
    assert dict(zip(names, row, strict=True))["requests"] == 3


def test_a_pasted_query_quotes_its_values() -> None:
    script = Query("select $a, $b, $c, $d", {"a": "it's", "b": None, "c": [0.5, 1], "d": True}).script()
    with duckdb.connect() as connection:
        connection.execute(script)
        assert connection.fetchall() == [("it's", None, [0.5, 1.0], True)]
