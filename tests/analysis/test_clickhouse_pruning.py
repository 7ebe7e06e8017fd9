"""What is left of a relation when nobody reads the rest; that the answers stay right is for test_clickhouse_cluster to say."""

import pytest

from hotspan_analysis import queries
from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.engine import NATIVE
from hotspan_analysis.clickhouse.pruning import pruned, settled

MAPPED = {name: dialect.body(name).replace("{words}", dialect.body("words")) for name in ("requests", "spans")}


def one(text: str, question: str) -> str:
    """The relation `rows` as it is left for a question, on one line."""
    return " ".join(pruned({"rows": text}, question)["rows"].split())


def test_columns_that_nobody_names_are_left_out() -> None:
    assert (
        one("select a, b + 1 as c, d from t where e > 0", "select c from rows")
        == "select b + 1 as c from t where e > 0"
    )


def test_columns_that_the_select_itself_names_stay() -> None:
    text = "select a as b, b + 1 as c, d as e, f as g from t where e > 0 order by g"
    assert one(text, "select c from rows") == "select a as b, b + 1 as c, d as e, f as g from t where e > 0 order by g"
    assert one("select a as b, b + 1 as c, d from t", "select c from rows") == "select a as b, b + 1 as c from t"


def test_selects_inside_lose_what_those_outside_no_longer_need() -> None:
    text = "select x(a, b) as c, d from (select f(e, ')') as a, b, d, g from t where h = 1) as s where i = 1"
    left = "select x(a, b) as c from (select f(e, ')') as a, b from t where h = 1) as s where i = 1"
    assert one(text, "select c from rows") == left


def test_both_sides_of_a_union_lose_the_same_columns() -> None:
    text = "select a, b, c from t union all select 1, '(,', f(2, 3) from u"
    assert one(text, "select c from rows") == "select c from t union all select f(2, 3) from u"


def test_columns_that_make_rows_stay() -> None:
    assert (
        one("select arrayJoin([1, 2]) as n, a, b from t", "select a from rows")
        == "select arrayJoin([1, 2]) as n, a from t"
    )
    assert one("select *, a + 1 as b, c as d from t", "select b from rows") == "select *, a + 1 as b from t"


def test_star_hands_on_what_is_named_outside() -> None:
    text = "select *, a + 1 as b from (select f as a, g as c, h as d from t) as s"
    assert one(text, "select b, c from rows") == "select *, a + 1 as b from (select f as a, g as c from t) as s"


def test_rows_that_are_only_counted_keep_a_column() -> None:
    assert one("select a, b from t", "select count(*) from rows") == "select a from t"


def test_relations_that_nobody_reads_are_left_out() -> None:
    parts = {"first": "select a, b, c from t", "second": "select a as x, b as y from first", "third": "select 1 as z"}
    assert list(pruned(parts, "select x from second")) == ["first", "second"]
    assert "b" not in pruned(parts, "select x from second")["first"].split()


def test_words_that_no_column_uses_are_left_out() -> None:
    text = "with (x) -> x + 1 as more, (x) -> more(x) + 1 as most, (x) -> x - 1 as less select most(a) as b, less(c) as d from t"
    left = "with (x) -> x + 1 as more, (x) -> more(x) + 1 as most select most(a) as b from t"
    assert one(text, "select b from rows") == left
    assert one("with (x) -> x as same select a, same(b) as c from t", "select a from rows") == "select a from t"


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"a": None, "b": None}, "select 1 where z"),
        ({"a": 5, "b": None}, "select 1 where (x = $a and f(y)) and z"),
        ({"a": None, "b": 5}, "select 1 where (y in (1, 2)) and z"),
        ({}, "select 1 where ($a is null or x = $a and f(y)) and ($b is null or y in (1, 2)) and z"),
    ],
)
def test_filters_without_a_value_are_left_out(values: dict[str, object], left: str) -> None:
    sql = "select 1 where ($a is null or x = $a and f(y)) and ($b is null or y in (1, 2)) and z"
    assert settled(sql, values) == left


def test_filter_within_a_filter_is_settled_by_its_own_value() -> None:
    assert settled("where ($a is null or ($b is null or x))", {"a": 1, "b": None}) == "where (true)"


@pytest.mark.parametrize("question", sorted(NATIVE - {"bounds"}))
def test_what_is_left_of_the_mapping_has_every_column_that_is_read(question: str) -> None:
    """Each relation that is left still offers what the next one names of what it offered before."""
    asked = queries.read(question)
    parts = MAPPED | {name: dialect.relation(name) for name in asked.reads if name not in ("covers", "crowded")}
    left = pruned(parts, asked.body)
    assert left.keys() <= parts.keys()
    assert sum(map(len, left.values())) < sum(map(len, parts.values()))
    for text in left.values():
        assert text.count("(") == text.count(")") or "'" in text
    assert list(pruned(left, asked.body).values()) == list(left.values())
