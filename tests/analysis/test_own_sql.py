import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import stores
from hotspan_analysis import Traces, open_traces
from hotspan_analysis.own_sql import Table
from hotspan_collector.errors import BadInputError
from hotspan_collector.export import export
from traces import database, request, span


@pytest.fixture(params=["store", "file", "spans"])
def traces(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Traces]:
    """The same two requests as a store, as a DuckDB file, and as imported spans."""
    yield open_traces(_source(request.param, tmp_path))


def _source(kind: str, tmp_path: Path) -> Path:
    rows = [request("GET /a", at=0), request("PUT /b", at=1)]
    if kind == "store":
        stores.seal(tmp_path / "store", rows, [span()])
        return tmp_path / "store"
    if kind == "file":
        database(rows, [span()], path=str(tmp_path / "copy.duckdb")).close()
        return tmp_path / "copy.duckdb"
    log = tmp_path / "access.log"
    line = '10.0.0.1 - - [21/Sep/2026:14:13:2{} +0000] "{} HTTP/1.1" 200 5 "-" "curl" {}\n'
    log.write_text("".join(line.format(second, what, 0.1) for second, what in enumerate(("GET /a", "PUT /b"))))
    return log


def test_a_select_over_the_requests(traces: Traces) -> None:
    table = traces.query("select method, count(*) as requests from requests group by all order by method")
    assert table == Table(("method", "requests"), [("GET", 1), ("PUT", 1)])
    assert table.as_dicts() == [{"method": "GET", "requests": 1}, {"method": "PUT", "requests": 1}]


@pytest.mark.parametrize(
    "sql", ["from requests", "with a as (from spans) select * from a", "describe requests", "show tables"]
)
def test_other_ways_to_read(traces: Traces, sql: str) -> None:
    assert traces.query(sql).columns


@pytest.mark.parametrize(
    "sql",
    [
        "delete from requests",
        "insert into requests select * from requests",
        "create table t as select 1",
        "drop table requests",
        "update requests set status = 200",
        "copy requests to 'out.csv'",
        "attach 'other.duckdb'",
        "install httpfs",
        "pragma database_list",
        "set memory_limit = '1TB'",
        "explain analyze delete from requests",
        "select 1; select 2",
        "call pragma_version()",
        "",
    ],
)
def test_only_one_statement_that_reads_is_run(traces: Traces, sql: str) -> None:
    with pytest.raises(BadInputError, match="only one statement that reads"):
        traces.query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "from read_text('{path}')",
        "from read_csv('{path}')",
        "from '{path}'",
        "from glob('{path}')",
        "from read_blob('{path}')",
        "from read_parquet('http://127.0.0.1:9/x')",
        "select count(*) from sniff_csv('{path}')",
    ],
)
def test_no_file_and_no_network_can_be_reached(traces: Traces, sql: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError) as refused:
        traces.query(sql.format(path=secret))
    assert "\n" not in str(refused.value)


def test_nothing_of_the_program_can_be_reached(traces: Traces) -> None:
    secret_variable = [1, 2, 3]
    with pytest.raises(BadInputError):
        traces.query("from secret_variable")
    assert secret_variable


@pytest.mark.parametrize(
    "sql", ["selec 1", "select nothing from requests", "from nowhere", "select 1 +", "select 'x'::integer"]
)
def test_what_duckdb_refuses_is_told_in_one_line(traces: Traces, sql: str) -> None:
    with pytest.raises(BadInputError) as refused:
        traces.query(sql)
    assert "\n" not in str(refused.value)
    assert "Error" in str(refused.value)


def test_questions_can_be_asked_after_ones_own(traces: Traces) -> None:
    traces.query("select 1")
    assert len(traces.endpoints(kind="web")) == 2


def test_columns_of_one_name_are_told_apart() -> None:
    with database([request()]) as connection:
        table = open_traces(connection).query("select 1 as a, 2 as a, 3 as a")
    assert table.as_dicts() == [{"a": 1, "a_2": 2, "a_3": 3}]


def test_a_file_can_be_asked_again_and_again(tmp_path: Path) -> None:
    with database([request(), request()]) as connection:
        export(connection, tmp_path / "two.jsonl")
    traces = open_traces(tmp_path / "two.jsonl")
    for _ in range(2):
        assert traces.query("select count(*) as requests from requests").as_dicts() == [{"requests": 2}]
        assert sum(row.requests for row in traces.endpoints()) == 2


def test_an_answer_is_a_data_frame_and_a_table_for_notebooks(traces: Traces) -> None:
    answer = traces.query("select method, 1 as n, 2 as n from requests order by method")
    frame = answer.df()
    assert list(frame.columns) == ["method", "n", "n_2"]
    assert frame.method.tolist() == ["GET", "PUT"]
    assert traces.query("select method from requests limit 0").df().columns.tolist() == ["method"]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", answer._repr_html_()) == ["GET", "1", "2", "PUT", "1", "2"]
