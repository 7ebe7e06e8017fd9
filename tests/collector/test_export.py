import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from foreign_files import SECRET, SHARED, imported, json_lines, needs_shared_data, otlp_document, rows, served, written
from hotspan_collector.errors import BadInputError
from hotspan_collector.export import Exported, export
from hotspan_collector.importers import import_files

ENDINGS = (".parquet", ".jsonl", ".jsonl.gz")
TRACE = "ab" * 16


def _all(connection: duckdb.DuckDBPyConnection) -> list[list[dict[str, Any]]]:
    return [rows(connection, table, "worker, seq") for table in ("requests", "spans")]


def _there_and_back(connection: duckdb.DuckDBPyConnection, target: Path) -> duckdb.DuckDBPyConnection:
    export(connection, target)
    return imported(target)[0]


def _database() -> duckdb.DuckDBPyConnection:
    requests = [
        traces.request(
            "GET /a", at=1, trace_id=TRACE, span_id="cd" * 8, attempt=2, operation_key="op", retry_after_s=1.5
        ),
        traces.request("POST /b", at=2, ms=None),
        traces.request("GET /c", client=None, address=None, target=None, agent='☃ "x" \\ \x7f'),
        traces.request("WEBSOCKET /d", kind="held_open", trace_id=TRACE, span_id="ee" * 8),
    ]
    spans = [
        traces.span("GET /a", at=1, kind="SERVER", trace_id=TRACE, span_id="cd" * 8, attributes={"a": 'b"\x1f'}),
        traces.span("query", at=1, statement="select ?", db_rows=3, category="database", attributes={"a": ""}),
        traces.span("again", at=1, trace_id=TRACE, span_id="cd" * 8, attributes={"a": "c"}),
    ]
    connection = traces.database(requests, spans)
    connection.execute("insert into losses values (1, 'app', 'host:1', 'full', 'requests', 7, 1, 2)")
    return connection


@pytest.mark.parametrize("ending", ENDINGS)
def test_export_then_import_gives_equal_rows(tmp_path: Path, ending: str) -> None:
    connection = _database()
    assert export(connection, tmp_path / f"all{ending}") == Exported(4, 3, 1)
    again, summary = imported(tmp_path / f"all{ending}")
    assert _all(again) == _all(connection)
    assert (summary.requests, summary.spans, summary.rows) == (4, 3, 7 + (ending == ".parquet"))


def test_parquet_keeps_losses_too(tmp_path: Path) -> None:
    connection = _database()
    again = _there_and_back(connection, tmp_path / "all.parquet")
    assert rows(again, "losses", "worker") == rows(connection, "losses", "worker")


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_there_already_is_not_added_again(tmp_path: Path, ending: str) -> None:
    connection = _database()
    before = _all(connection)
    export(connection, tmp_path / f"all{ending}")
    import_files([tmp_path / f"all{ending}"], connection, secret=SECRET)
    assert _all(connection) == before
    assert len(rows(connection, "losses", "worker")) == 1


def test_exports_can_be_exported_again(tmp_path: Path) -> None:
    connection = _database()
    first = _there_and_back(connection, tmp_path / "1.jsonl")
    second = _there_and_back(first, tmp_path / "2.parquet")
    assert _all(_there_and_back(second, tmp_path / "3.jsonl.gz")) == _all(connection)


def test_others_can_read_the_otlp(tmp_path: Path) -> None:
    export(_database(), tmp_path / "all.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    spans = [line["resourceSpans"][0]["scopeSpans"][0]["spans"][0] for line in lines]
    assert len(spans) == 6  # the request GET /a and its span are one
    assert all(len(span["traceId"]) == 32 and len(span["spanId"]) == 16 for span in spans)
    assert all(span["startTimeUnixNano"].isdigit() and span["kind"] in range(6) for span in spans)
    (first,) = (span for span in spans if span["name"] == "GET /a")
    attributes = {each["key"]: each["value"] for each in first["attributes"]}
    assert attributes["http.route"] == {"stringValue": "/a"}
    assert attributes["http.response.status_code"] == {"intValue": "200"}
    assert "null" not in json.dumps([{**span, "attributes": []} for span in spans])


def test_parquet_is_plain_to_other_programs(tmp_path: Path) -> None:
    export(_database(), tmp_path / "all.parquet")
    found = duckdb.read_parquet(str(tmp_path / "all.parquet")).filter("request is not null").project("request.route")
    assert sorted(route for (route,) in found.fetchall()) == ["/a", "/b", "/c", "/d"]


def test_an_empty_source_is_an_empty_file(tmp_path: Path) -> None:
    assert export(traces.database(), tmp_path / "none.parquet") == Exported(0, 0, 0)
    with pytest.raises(BadInputError, match="holds no request and no span"):
        imported(tmp_path / "none.parquet")


def test_another_ending_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"use \.parquet, \.jsonl, \.jsonl\.gz"):
        export(traces.database(), tmp_path / "all.csv")


def test_a_place_that_cannot_be_written_is_said_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be written") as caught:
        export(_database(), tmp_path / "missing" / "all.parquet")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = written(tmp_path, "all.jsonl", "old")
    connection = _database()
    connection.execute("drop table spans; create view spans as select error('broken') as duration_ns")
    with pytest.raises((BadInputError, duckdb.Error)):
        export(connection, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_made_up_rows_are_refused_whole(tmp_path: Path) -> None:
    bad = served(attributes={"hotspan.request": '{"worker": 1}'})
    path = written(tmp_path, "bad.jsonl", json_lines(otlp_document([served(2), bad])))
    with pytest.raises(BadInputError, match="cannot be read") as caught:
        imported(path)
    assert "\n" not in str(caught.value)


@needs_shared_data
@pytest.mark.parametrize("ending", [".parquet", ".jsonl.gz"])
def test_a_real_file_there_and_back(tmp_path: Path, ending: str) -> None:
    connection, _ = imported(SHARED / "otlp/otel-demo-mixed-signals.jsonl.gz", SHARED / "access-logs/alp-ltsv.log")
    assert _all(_there_and_back(connection, tmp_path / f"all{ending}")) == _all(connection)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=st.lists(
        st.fixed_dictionaries(
            {
                "ms": st.none() | st.floats(0, 1e6),
                "route": st.text(min_size=1, max_size=10).filter(lambda text: "\0" not in text),
                "agent": st.none() | st.text(max_size=10).filter(lambda text: "\0" not in text),
                "target": st.none() | st.integers(0, 2**63 - 1),
                "trace_id": st.none() | st.sampled_from(["a" * 32, "b" * 32]),
                "span_id": st.none() | st.sampled_from(["a" * 16, "b" * 16]),
            }
        ),
        max_size=6,
    ),
    ending=st.sampled_from(ENDINGS),
)
def test_any_rows_there_and_back(tmp_path: Path, requests: list[dict[str, Any]], ending: str) -> None:
    connection = traces.database([traces.request(**more) for more in requests] + [traces.request("GET /last")])
    assert _all(_there_and_back(connection, tmp_path / f"all{ending}")) == _all(connection)
