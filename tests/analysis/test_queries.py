"""The .sql files as files: each has a caller, each parses, and each is given exactly the values it names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import hotspan_analysis
from hotspan_analysis import Window, open_traces, queries
from hotspan_analysis.engine import DuckEngine
from hotspan_analysis.results import Query
from traces import database, ns, request, span

PACKAGE = Path(hotspan_analysis.__file__).parent
CODE = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
FROM_CODE = {name for name in queries.names() if f'"{name}"' in CODE}
PARTS = {part for name in queries.names() for part in queries.read(name).reads}
QUESTIONS = sorted(FROM_CODE - {"macros"})


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with database([request()], [span()]) as connection:
        connection.execute(queries.read("macros").body)
        yield connection


@pytest.mark.parametrize("name", queries.names())
def test_every_file_has_a_caller(name: str) -> None:
    assert name in FROM_CODE | PARTS


@pytest.mark.parametrize("name", queries.names())
def test_every_file_says_what_it_answers_in_lower_case(name: str) -> None:
    statement = queries.read(name)
    assert statement.comment.startswith(f"-- {name}: ")
    assert len(statement.answers) > 10
    bare = re.sub(r"--[^\n]*|'[^']*'", "", statement.body)
    assert bare == bare.lower()


@pytest.mark.parametrize("name", queries.names())
def test_every_part_that_is_read_exists_and_comes_after_what_it_reads(name: str) -> None:
    reads = queries.read(name).reads
    for place, part in enumerate(reads):
        needed = {other for other in reads if re.search(rf"\b(from|join) {other}\b", queries.read(part).body)}
        assert needed <= set(reads[:place]), part


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_one_statement(name: str) -> None:
    with duckdb.connect() as empty:
        assert len(empty.extract_statements(queries.compose(name))) == 1


def test_no_value_is_pasted_into_a_query() -> None:
    assert not re.search(r"(\.format\(|% ?\(|f\"\"\"|f'''|\bf\"(select|with|from)\b)", CODE)


def asked_questions(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, Query]]:
    """Every question of this module's owners, asked once, with what was bound."""
    asked: list[tuple[str, Query]] = []
    ask = DuckEngine.ask

    def listening(self: DuckEngine, question: str, **parameters: Any) -> Any:
        answer = ask(self, question, **parameters)
        asked.append((question, answer.query))
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckEngine, "ask", listening)
        traces = open_traces(connection)
        traces.endpoints()
        traces.timeline()
        traces.histogram()
        traces.clients()
        traces.compare(after=Window(ns(0), ns(1)))
    return asked


def test_each_question_is_given_exactly_the_values_it_names(connection: duckdb.DuckDBPyConnection) -> None:
    asked = asked_questions(connection)
    assert {name for name, _ in asked} >= {"endpoints", "timeline", "histogram", "clients", "compared", "bounds"}
    for name, query in asked:
        (statement,) = connection.extract_statements(query.sql)
        assert statement.named_parameters == set(query.parameters), name


def test_a_question_with_subqueries_of_its_own_and_one_without_are_both_composed() -> None:
    assert queries.compose("bounds").count("with ") == 0
    assert re.search(r"with calls as not materialized \(", queries.compose("identity"))
    assert queries.compose("endpoints").count("\nwith ") == 1


def test_another_engine_brings_its_own_tables() -> None:
    sql = queries.compose("identity", mapping=(("requests", "select 1 as n"),), inline="")
    assert "with requests as (\n    select 1 as n\n),  calls as (" in sql.replace("), calls", "),  calls")


def test_what_a_reader_pastes_has_the_reasons_in_it() -> None:
    assert queries.compose("timeline").startswith("-- timeline: ")
