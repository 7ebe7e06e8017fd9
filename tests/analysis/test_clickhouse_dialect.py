"""How questions are written for ClickHouse; that the answers are right is for test_clickhouse_cluster to say."""

import re

import pytest

from hotspan_analysis import queries
from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.candidates import COUNTED, WANTED
from hotspan_analysis.clickhouse.engine import NATIVE
from hotspan_analysis.clickhouse.server import meaning
from hotspan_analysis.clickhouse.table import END_OF_TIME_NS, Period

MAPPING = {"requests": "select 1 as a", "spans": "select 2 as b"}


def test_quantiles_are_exact_and_values_are_bound_by_the_server() -> None:
    sql, used = dialect.bound(
        "select quantile_of(took_ns, 0.95), quantiles_of(a - b, [0.5, 0.99]) where x = $x", {"x": 5}
    )
    assert sql == (
        "select quantileExactInclusive(0.95)(took_ns), quantilesExactInclusive(0.5, 0.99)(a - b) where x = {x:Int64}"
    )
    assert used == {"x": 5}


def test_quantiles_may_be_off_by_a_share_of_their_value() -> None:
    sql, _ = dialect.bound("select quantile_of(took_ns, 0.95), quantiles_of(x, $fractions)", {"fractions": [0.5]}, 0.01)
    assert sql == "select quantileDD(0.01, 0.95)(took_ns), quantilesDD(0.01, 0.5)(x)"


def test_quantile_of_an_expression_with_brackets() -> None:
    sql, _ = dialect.bound("select quantile_of((a - b) / (c - d), 0.5)", {})
    assert sql == "select quantileExactInclusive(0.5)((a - b) / (c - d))"


def test_fractions_that_are_bound_are_written_out() -> None:
    sql, used = dialect.bound("select quantiles_of(x, $fractions)", {"fractions": [0.9, 0.95]})
    assert (sql, used) == ("select quantilesExactInclusive(0.9, 0.95)(x)", {})


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "null"), (True, "{v:Bool}"), (1.5, "{v:Float64}"), (1 << 63, "{v:UInt64}"), ("a'b", "{v:String}")],
)
def test_each_type_of_value_is_bound_as_itself(value: object, written: str) -> None:
    assert dialect.bound("$v", {"v": value})[0] == written


@pytest.mark.parametrize("question", sorted(NATIVE))
def test_question_keeps_its_own_words(question: str) -> None:
    """No dialect in the questions: what stands in the file stands in the statement."""
    composed = dialect.question(question, MAPPING, {})
    assert queries.read(question).body.removeprefix("with ") in composed
    for relation in ("covers", "crowded"):
        assert not re.search(rf"\b{relation} as \(", composed)


@pytest.mark.parametrize("question", sorted(NATIVE))
def test_nothing_of_duckdb_alone_is_left(question: str) -> None:
    values = dict.fromkeys(re.findall(r"\$(\w+)", dialect.question(question, MAPPING, {})), 1) | {"fractions": [0.5]}
    sql, _ = dialect.bound(dialect.question(question, MAPPING, {}), values)
    code = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    for word in ("quantile_of", "quantiles_of", "unnest", "meeting_of", " // ", "::"):
        assert word not in code


def test_every_question_about_storms_finds_the_requests_that_it_reads() -> None:
    """Counted there, or its rows are brought before it.

    storm_visits is kept for questions that are answered there; storm_endpoints spares a count that is made there anyhow.
    """
    reading = {name for name in queries.names() if name.startswith("storm_") and "requests" in _read_from(name)}
    assert reading - {"storm_visits", "storm_endpoints"} <= COUNTED | WANTED.keys()
    for wanted, chosen in WANTED.values():
        assert dialect.body(f"wanted_{wanted}").startswith("select")
        assert dialect.body(f"chosen_{chosen}")


@pytest.mark.parametrize(("question", "relation"), [("storm_cells", "repeating"), ("storm_crowds", "crowdable")])
def test_what_is_counted_there_is_counted_in_one_pass(question: str, relation: str) -> None:
    assert queries.read(question).reads == (relation,)
    assert dialect.relation(relation).split() == ["select", "*", "from", "requests"]


def _read_from(name: str) -> set[str]:
    return set(re.findall(r"\b(?:from|join) (\w+)", queries.read(name).body))


@pytest.mark.parametrize("question", sorted(COUNTED))
def test_what_is_counted_of_storms_is_spelled_for_clickhouse(question: str) -> None:
    sql = dialect.question(question, MAPPING | {"losses": "select 3 as c"}, {})
    values = dict.fromkeys(re.findall(r"\$(\w+)", sql), 1) | {"clients": [1, 2]}
    sql, _ = dialect.bound(sql, values)
    code = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    for word in ("quantile_of", "quantiles_of", "unnest", "slots_", " // ", "::"):
        assert word not in code
    assert ("groupBitOr(bitShiftLeft(" in code) == (question in ("storm_cells", "storm_suspects", "storm_steady"))


def test_period_says_what_it_reads_by_the_column_that_prunes() -> None:
    period = Period(-5, END_OF_TIME_NS * 2)
    assert period.condition.startswith("Timestamp >= fromUnixTimestamp64Nano($read_from_ns)")
    assert period.values == {"read_from_ns": 0, "read_to_ns": END_OF_TIME_NS}
    assert Period(1, 9, long=True).contains(Period(2, 8))
    assert not Period(1, 9).contains(Period(2, 8, long=True))
    assert not Period(3, 9).contains(Period(2, 8))


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)", "no such table"),
        ("server response: Code: 516. DB::Exception: Authentication failed", "user or the password is wrong"),
        ("Code: 279. DB::Exception: All connection tries failed", "a shard does not answer"),
        ("Code: 159. DB::Exception: Timeout exceeded", "longer than the limit"),
        ("Code: 999. DB::Exception: Something\n  else. (ELSE)", "Something else"),
        ("HTTPConnectionPool: Read timed out", "no answer in time"),
        ("[Errno 111] Connection refused", "no server answers there"),
    ],
)
def test_refusals_of_servers_mean_something(message: str, told: str) -> None:
    assert told in meaning(message)
    assert "\n" not in meaning(message)


@pytest.mark.parametrize("question", ["endpoints", "timeline", "clients", "slowest"])
def test_jobs_are_not_planned_where_there_are_none(question: str) -> None:
    told = dialect.question(question, MAPPING, {})
    without = dialect.question(question, MAPPING, {}, jobs=False)
    assert "'job'," in told
    assert "'job'," not in without
    assert ("spans as (" in without) == (question == "slowest")  # which counts the spans of traces


@pytest.mark.parametrize("compared", [True, False])
def test_what_was_before_is_looked_for_when_it_is_asked_for(compared: bool) -> None:
    sql = dialect.question("endpoints", MAPPING, {"compared": compared})
    assert ("from numbers(0)" in sql) != compared
